#include "tests/formats/sample_snapshots.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace proctally::formats {
namespace {

constexpr std::int64_t kWallNs = 1'763'845'200'123'456'789;
constexpr std::uint64_t kKib = 1024;
constexpr double kMemTotalMib = 32'000;

struct Sample {
  std::string_view name;
  std::uint64_t procs = 0;
  std::uint64_t threads = 0;
  double cpu_usage = 0;
  std::uint64_t cpu_ms = 0;
  std::uint64_t rss_kib = 0;
  std::optional<std::uint64_t> read_kib;
  std::optional<std::uint64_t> write_kib;
  std::optional<std::uint64_t> fds;
};

constexpr std::array kBusyHost = {
    Sample{"(sd-pam)", 2, 2, 0, 10, 7'400, std::nullopt, std::nullopt, std::nullopt},
    Sample{"_other", 0, 0, 0, 0, 0, 0, 0, 0},
    Sample{"agetty", 2, 2, 0, 28, 3'700, 116, 0, 10},
    Sample{"backup nightly", 0, 0, 0, 9'874'120, 0, 412'000'000, 98'000'000, 0},
    Sample{"bash", 9, 9, 0.3, 41'220, 48'400, 21'400, 1'310, 36},
    Sample{"chronyd", 2, 2, 0.02, 8'940, 5'700, 912, 44, 14},
    Sample{"containerd", 1, 42, 1.8, 4'208'330, 92'160, 180'224, 2'410'000, 164},
    Sample{"containerd-shim-runc-v2", 14, 162, 2.4, 7'710'000, 168'000, 40'960, 1'024, 322},
    Sample{"cron", 1, 1, 0.1, 120'750, 2'900, 6'100, 12, 7},
    Sample{"dbus-daemon", 3, 3, 0.01, 64'100, 12'800, 420, 0, 130},
    Sample{"dockerd", 1, 58, 3.2, 6'912'500, 214'000, 924'160, 18'300'000, 288},
    Sample{"gitlab-runner: project-4711-concurrent-3-build", 12, 31, 242.7, 1'934'400, 3'460'300,
           2'810'000, 14'200'000, 410},
    Sample{"java:elasticsearch", 1, 187, 96.3, 411'800'000, 17'192'000, 88'120'000, 702'500'000,
           2'214},
    Sample{"kernel", 271, 271, 6.1, 88'112'300, 0, 0, 0, std::nullopt},
    Sample{"nginx", 17, 17, 58.4, 26'110'900, 402'100, 1'830'000, 44'700'000, 8'214},
    Sample{"node_exporter", 1, 12, 0.6, 912'400, 21'400, 8'192, 0, 11},
    Sample{"php-fpm: pool www", 40, 40, 188.9, 91'224'700, 2'410'900, 6'100'000, 3'440'000, 612},
    Sample{"postgres", 96, 96, 71.5, 61'903'200, 9'120'400, 310'400'000, 588'800'000, 5'811},
    Sample{"redis-server", 1, 6, 4.7, 11'240'000, 1'211'300, 88'000, 12'600'000, 118},
    Sample{"rsyslogd", 1, 4, 0.4, 702'300, 9'800, 3'100, 8'400'000, 13},
    Sample{"sshd", 7, 7, 0.1, 15'300, 61'200, 14'300, 230, 63},
    Sample{"systemd", 4, 4, 0.2, 401'100, 41'300, 4'410'000, 1'100, 612},
    Sample{"systemd-journald", 1, 1, 0.9, 1'330'800, 118'400, 61'000, 21'400'000, 94},
    Sample{"telegraf", 1, 15, 1.1, 1'502'000, 141'000, 51'200, 0, 32},
    Sample{"zürich-größe", 1, 1, 0, 1'250, 1'900, 0, 0, 4},
    Sample{"夜間バッチ", 1, 3, 12.5, 184'600, 302'700, 710'000, 92'000, 21},
};

Value known(std::optional<std::uint64_t> kib) {
  return kib ? Value::integer(*kib * kKib) : Value();
}

void fill_cpu(const Sample& sample, GroupValues& values) {
  const std::uint64_t ns = sample.cpu_ms * 1'000'000;
  values[Metric::cpu_time] = Value::seconds(ns);
  values[Metric::cpu_time_user] = Value::seconds(ns / 4 * 3);
  values[Metric::cpu_time_system] = Value::seconds(ns - ns / 4 * 3);
  values[Metric::cpu_usage] = Value::real(sample.cpu_usage);
  values[Metric::cpu_usage_user] = Value::real(sample.cpu_usage * 0.75);
  values[Metric::cpu_usage_system] = Value::real(sample.cpu_usage * 0.25);
  values[Metric::cpu_usage_host] = Value::real(sample.cpu_usage / 8);
}

void fill_rest(const Sample& sample, GroupValues& values) {
  const auto rss_mib = static_cast<double>(sample.rss_kib) / 1024;
  values[Metric::num_procs] = Value::integer(sample.procs);
  values[Metric::num_threads] = Value::integer(sample.threads);
  values[Metric::memory_rss] = Value::integer(sample.rss_kib * kKib);
  values[Metric::memory_usage] = Value::real(100 * rss_mib / kMemTotalMib);
  values[Metric::disk_read_bytes] = known(sample.read_kib);
  values[Metric::disk_write_bytes] = known(sample.write_kib);
  if (sample.fds) values[Metric::num_fds] = Value::integer(*sample.fds);
}

SelfValues self_of_busy_host() {
  SelfValues self;
  self[SelfMetric::scan_seconds] = Value::seconds(1'834'200);
  self[SelfMetric::scan_cpu_seconds] = Value::seconds(1'610'000);
  self[SelfMetric::processes] = Value::integer(491);
  self[SelfMetric::processes_idle] = Value::integer(402);
  self[SelfMetric::processes_read] = Value::integer(89);
  self[SelfMetric::groups] = Value::integer(kBusyHost.size());
  self[SelfMetric::denied] = Value::integer(3);
  self[SelfMetric::cpu_host_seconds] = Value::seconds(69'140'000'000);
  self[SelfMetric::cpu_grouped_seconds] = Value::seconds(67'273'220'000);
  self[SelfMetric::cpu_ungrouped_seconds] = Value::seconds(760'540'000);
  self[SelfMetric::cpu_unattributed_seconds] = Value::seconds(1'106'240'000);
  return self;
}

/// A different number in each, so that a mix-up shows; integers too big for a double.
template <typename Id, std::size_t kCount, typename Info>
void number_through(const std::array<Info, kCount>& catalogue, Values<Id, kCount>& values) {
  for (std::size_t i = 0; i < kCount; ++i) {
    Value& value = values[static_cast<Id>(i)];
    switch (catalogue[i].type) {
      case ValueType::integer:
        value = Value::integer(9'007'199'254'740'993 + i);
        break;
      case ValueType::real:
        value = Value::real(static_cast<double>(i) + 0.1);
        break;
      case ValueType::seconds:
        value = Value::seconds(1'000'000'001 * (i + 1));
        break;
    }
  }
}

}  // namespace

Snapshot busy_host() {
  Snapshot snapshot;
  snapshot.wall_ns = kWallNs;
  for (const Sample& sample : kBusyHost) {
    GroupRow& row = snapshot.groups.emplace_back();
    row.name = sample.name;
    fill_cpu(sample, row.values);
    fill_rest(sample, row.values);
  }
  snapshot.self = self_of_busy_host();
  return snapshot;
}

Snapshot small_host() {
  Snapshot snapshot;
  snapshot.wall_ns = kWallNs;
  snapshot.groups.resize(3);
  snapshot.groups[0].name = "every metric";
  number_through(kMetrics, snapshot.groups[0].values);
  snapshot.groups[1].name = R"(evil,x=1 "y"\x0aproctally z=1i)";
  snapshot.groups[1].values[Metric::cpu_usage] = Value::real(0);
  snapshot.groups[1].values[Metric::num_procs] = Value::integer(0);
  snapshot.groups[2].name = "nothing known";
  snapshot.threads.push_back({0, "every metric", {}});
  number_through(kThreadMetrics, snapshot.threads[0].values);
  snapshot.threads.push_back({1, "_ended", {}});
  snapshot.threads[1].values[ThreadMetric::cpu_time] = Value::seconds(0);
  snapshot.threads.push_back({1, R"(w "1",=\x0a)", {}});
  snapshot.threads[2].values[ThreadMetric::num_threads] = Value::integer(2);
  snapshot.wchans.push_back({0, "ep_poll", 3});
  snapshot.wchans.push_back({1, "do_wait", 1});
  snapshot.wchans.push_back({1, "futex_wait", 2});
  number_through(kSelfMetrics, snapshot.self);
  return snapshot;
}

const std::deque<std::string>& awkward_names() {
  static const std::deque<std::string> kNames = [] {
    std::deque<std::string> names = {
        R"(\x0a)", R"(a\x5c)",   R"(\x5c\x5c)", R"(\x22\xff ,=)", "#comment",           "é", "…",
        "日本",    "\U0001F980", "\u00a0",      "\U0010FFFD",     std::string(256, ',')};
    // Each printable byte alone, and beside each of those that some format treats as special.
    for (char c = ' '; c <= '~'; ++c) {
      if (c == '\\') continue;
      names.emplace_back(1, c);
      for (const char special : std::string_view(R"( ,="'#{}:;.%/)")) {
        names.push_back({c, special});
        names.push_back({special, c, special});
        names.push_back(std::string(R"(\x0a)") + special + c);
      }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }();
  return kNames;
}

}  // namespace proctally::formats
