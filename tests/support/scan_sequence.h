#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/collector.h"
#include "core/settings_file.h"
#include "tests/support/fake_host.h"
#include "tests/support/fake_pss_reader.h"

namespace proctally::test {

/// A test as a sequence of scans of a fake host. Every scan() also checks what holds after each
/// scan of every test: no counter of any group fell, every value has the type that the catalogue
/// promises, and rows are sorted and unique.
class ScanSequence : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kMs = 1'000'000;
  static constexpr std::uint64_t kSecond = 1'000'000'000;
  static constexpr std::uint64_t kTicksPerSecond = kSecond / FakeHost::kNsPerTick;

  /// Before the first scan: settings as JSON, and the routes that work on that host.
  void use_settings(const std::string& json) { settings_ = parse_settings(json, "test"); }
  void use_routes(const kernel::Routes& routes) { routes_ = routes; }
  void hear_exits() { hears_exits_ = true; }
  void count_switches() { counts_switches_ = true; }
  void reload(const std::string& json) { collector_->reconfigure(parse_settings(json, "test")); }

  /// The program ends and is started again, whatever happens to the host until the next scan.
  void restart() { restart_from(saved_state()); }
  /// The same with other settings.
  void restart(const std::string& json) {
    use_settings(json);
    restart();
  }
  [[nodiscard]] std::string saved_state() const;
  /// Throws StateError; then the collector is as it was.
  void restart_from(const std::string& state);
  /// What happens to the next scans of a collector of its own that begins with that state.
  void scan_apart(const std::string& state);
  /// Nobody listens to those who end from here to the next scan.
  void lose_messages_so_far();

  /// Scans once, `seconds` after the last time.
  const Snapshot& scan(double seconds = 1.0);

  /// The boot time in ticks at which a process born now starts.
  [[nodiscard]] std::uint64_t now_ticks() const {
    return static_cast<std::uint64_t>(now_.boot_ns) / host.ns_per_tick;
  }
  /// A process that is born half a second after the last scan.
  FakeProcess& bear(pid_t pid, const std::string& comm) {
    return host.add(pid, comm, now_ticks() + kTicksPerSecond / 2);
  }
  /// One that was there long before the first scan.
  FakeProcess& add_old(pid_t pid, const std::string& comm) { return host.add(pid, comm, 100); }

  [[nodiscard]] bool has_group(const std::string& name) const;
  [[nodiscard]] Value value(const std::string& group, Metric metric) const;
  /// Of a value that must not be absent.
  [[nodiscard]] double number(const std::string& group, Metric metric) const;
  [[nodiscard]] double number(SelfMetric metric) const;
  /// CPU of a group in ns.
  [[nodiscard]] std::uint64_t cpu_ns(const std::string& group) const;

  FakeHost host;
  FakeSlowReader slow{host};
  FakePssReader pss;
  [[nodiscard]] Collector& collector() { return *collector_; }

 private:
  [[nodiscard]] Sources sources();
  void expect_types_of_catalogue();
  void expect_nothing_fell();

  Settings settings_ = parse_settings("{}", "test");
  kernel::Routes routes_{kernel::CpuRoute::process_clock, kernel::BirthRoute::pid_cursor, true};
  bool hears_exits_ = false;
  bool counts_switches_ = false;
  std::unique_ptr<Collector> collector_;
  TimePoint now_{.wall_ns = 1'700'001'000'000'000'000,
                 .monotonic_ns = 1'000'000'000'000,
                 .boot_ns = 1'000'000'000'000};
  const Snapshot* snapshot_ = nullptr;
  std::map<std::string, GroupValues> previous_;
};

}  // namespace proctally::test
