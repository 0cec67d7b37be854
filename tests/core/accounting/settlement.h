#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/scan_sequence.h"

namespace proctally::test {

/// A shell that was there all the time, its children, and what they all did: the truth.
class Settlement : public ScanSequence {
 protected:
  static constexpr pid_t kInit = 1;
  static constexpr pid_t kShell = 10;

  /// CPU of dead children is shown in steps of `ns_per_tick`.
  void begin(std::uint64_t ns_per_tick = 1) {
    host.ns_per_tick = ns_per_tick;
    add_old(kInit, "init").ppid = 0;
    add_old(kShell, "sh");
  }

  pid_t fork(pid_t parent, const std::string& comm) {
    const auto pid = next_pid_++;
    host.fork(parent, pid, comm, born());
    return pid;
  }
  pid_t fork_to_work(pid_t parent, const std::string& comm, std::uint64_t ns) {
    const auto pid = fork(parent, comm);
    work(pid, ns);
    return pid;
  }
  void work(pid_t pid, std::uint64_t ns) {
    auto& process = host.at(pid);
    host.work(pid, ns);
    truth_[process.comm].cpu_ns += ns;
    ++truth_[process.comm].minor_faults;
  }
  void reap(pid_t pid) {
    truth_[host.at(host.at(pid).ppid).comm].cpu_ns += FakeHost::kWaitNs;
    host.reap(pid);
  }
  void end_and_reap(pid_t pid) {
    host.end(pid);
    if (host.processes().contains(pid)) reap(pid);
  }
  void run_unseen(pid_t parent, const std::string& comm, std::uint64_t ns) {
    end_and_reap(fork_to_work(parent, comm, ns));
  }
  /// The message of the last that ended is lost.
  void lose_messages() {
    std::vector<kernel::ProcessExit> lost;
    host.exits.drain(lost);
    for (std::size_t i = 0; i < lost.size(); ++i) host.exits.lose();
  }

  /// The first scan: what was before does not count.
  void first_scan() {
    scan();
    truth_.clear();
  }

  [[nodiscard]] std::uint64_t cpu_of(const std::string& group) const {
    return has_group(group) ? cpu_ns(group) : 0;
  }
  [[nodiscard]] std::uint64_t true_cpu_ns() const {
    std::uint64_t sum = 0;
    for (const auto& [group, truth] : truth_) sum += truth.cpu_ns;
    return sum;
  }
  [[nodiscard]] double cpu_on_the_books() const {
    return number(SelfMetric::cpu_grouped_seconds) + number(SelfMetric::cpu_ungrouped_seconds);
  }

  /// Each did what its account says.
  void expect_truth_of_each() const {
    for (const auto& [group, truth] : truth_) {
      EXPECT_EQ(cpu_of(group), truth.cpu_ns) << group;
      if (truth.minor_faults == 0 && !has_group(group)) continue;
      EXPECT_EQ(number(group, Metric::minor_faults), static_cast<double>(truth.minor_faults))
          << group;
    }
    expect_truth_in_all();
  }
  /// All together did; who of them is not known.
  void expect_truth_in_all() const {
    std::uint64_t cpu = 0;
    double faults = 0;
    for (const auto& [group, truth] : truth_) {
      cpu += cpu_of(group);
      if (has_group(group)) faults += number(group, Metric::minor_faults);
    }
    EXPECT_EQ(cpu, true_cpu_ns());
    EXPECT_EQ(faults, static_cast<double>(true_faults()));
    EXPECT_NEAR(cpu_on_the_books(), static_cast<double>(true_cpu_ns()) / 1e9, 1e-9);
  }

 private:
  struct Truth {
    std::uint64_t cpu_ns = 0;
    std::uint64_t minor_faults = 0;
  };

  [[nodiscard]] std::uint64_t born() { return now_ticks() + ++births_; }
  [[nodiscard]] std::uint64_t true_faults() const {
    std::uint64_t sum = 0;
    for (const auto& [group, truth] : truth_) sum += truth.minor_faults;
    return sum;
  }

  pid_t next_pid_ = 100;
  std::uint64_t births_ = 0;
  std::map<std::string, Truth> truth_;
};

}  // namespace proctally::test
