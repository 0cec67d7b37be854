#pragma once

#include <map>
#include <string>
#include <utility>

#include "tests/support/scan_sequence.h"

namespace proctally::test {

/// A sequence of scans of which the rows of threads are looked at. Every step() also checks that no
/// counter of theirs fell.
class ThreadSequence : public ScanSequence {
 protected:
  /// Every program a group; the threads of all of them are told apart.
  static constexpr const char* kAllThreads =
      R"({"process_names": [{"name": "{{.Comm}}", "kernel_thread": false, "threads": true},
                            {"name": "{{.Comm}}", "kernel_thread": true, "threads": true}]})";

  /// When threads were born, in ticks: before the first scan, and half a second after the last one.
  [[nodiscard]] static std::uint64_t long_ago() { return 200; }
  [[nodiscard]] std::uint64_t just_now() const { return now_ticks() + kTicksPerSecond / 2; }

  void step(double seconds = 1.0) {
    const auto& snapshot = scan(seconds);
    rows_.clear();
    wchans_.clear();
    for (const auto& row : snapshot.threads) {
      const Name name(snapshot.groups[row.group].name, row.name);
      EXPECT_TRUE(rows_.empty() || rows_.rbegin()->first < name) << "not sorted at " << row.name;
      rows_[name] = row.values;
      expect_nothing_fell(row, highest_[name]);
    }
    for (const auto& row : snapshot.wchans) {
      wchans_[{std::string(snapshot.groups[row.group].name), std::string(row.name)}] = row.threads;
    }
  }

  [[nodiscard]] bool has_thread(const std::string& group, const std::string& name) const {
    return rows_.contains({group, name});
  }
  [[nodiscard]] Value thread_value(const std::string& group, const std::string& name,
                                   ThreadMetric metric) const {
    const auto found = rows_.find({group, name});
    EXPECT_NE(found, rows_.end()) << "no threads " << name << " in " << group;
    return found == rows_.end() ? Value() : found->second[metric];
  }
  [[nodiscard]] double thread_number(const std::string& group, const std::string& name,
                                     ThreadMetric metric) const {
    const auto value = thread_value(group, name, metric);
    EXPECT_FALSE(value.is_absent()) << name << " of " << group;
    return value.as_real();
  }
  [[nodiscard]] double threads(const std::string& group, const std::string& name) const {
    return thread_number(group, name, ThreadMetric::num_threads);
  }
  /// CPU in ns.
  [[nodiscard]] std::uint64_t thread_ns(const std::string& group, const std::string& name) const {
    return static_cast<std::uint64_t>(thread_value(group, name, ThreadMetric::cpu_time).as_ns());
  }
  /// Of all names.
  [[nodiscard]] std::uint64_t all_thread_ns(const std::string& group) const {
    std::uint64_t sum = 0;
    for (const auto& [name, values] : rows_) {
      if (name.first == group) {
        sum += static_cast<std::uint64_t>(values[ThreadMetric::cpu_time].as_ns());
      }
    }
    return sum;
  }
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  [[nodiscard]] const std::map<std::pair<std::string, std::string>, std::uint64_t>& wchans() const {
    return wchans_;
  }

 private:
  using Name = std::pair<std::string, std::string>;

  static void expect_nothing_fell(const ThreadRow& row, ThreadValues& highest) {
    for (std::size_t i = 0; i < kThreadMetricCount; ++i) {
      const auto metric = static_cast<ThreadMetric>(i);
      const auto& now = row.values[metric];
      if (kThreadMetrics.at(i).kind != Kind::counter || now.is_absent()) continue;
      EXPECT_GE(now.as_real(), highest[metric].as_real())
          << kThreadMetrics.at(i).name << " of " << row.name << " fell";
      highest[metric] = now;
    }
  }

  std::map<Name, ThreadValues> rows_;
  std::map<Name, ThreadValues> highest_;
  std::map<Name, std::uint64_t> wchans_;
};

}  // namespace proctally::test
