#include "tests/support/scan_sequence.h"

#include <algorithm>
#include <vector>

namespace proctally::test {

Sources ScanSequence::sources() {
  return {host,
          host,
          slow,
          hears_exits_ ? &host.exits : nullptr,
          counts_switches_ ? &host.switches : nullptr,
          routes_,
          {host.ns_per_tick, FakeHost::kPageBytes},
          &pss};
}

std::string ScanSequence::saved_state() const {
  std::string state;
  collector_->save(state);
  return state;
}

void ScanSequence::restart_from(const std::string& state) {
  collector_ = std::make_unique<Collector>(settings_, sources(), state, now_);
}

void ScanSequence::scan_apart(const std::string& state) {
  Collector other(settings_, sources(), state, now_);
  auto then = now_;
  for (int i = 0; i < 2; ++i) {
    then.wall_ns += kSecond;
    then.monotonic_ns += kSecond;
    then.boot_ns += kSecond;
    other.collect(then);
  }
}

void ScanSequence::lose_messages_so_far() {
  std::vector<kernel::ProcessExit> lost;
  host.exits.drain(lost);
}

const Snapshot& ScanSequence::scan(double seconds) {
  const auto ns = static_cast<std::int64_t>(seconds * static_cast<double>(kSecond));
  now_.wall_ns += ns;
  now_.monotonic_ns += ns;
  now_.boot_ns += ns;
  if (!collector_) collector_ = std::make_unique<Collector>(settings_, sources());
  snapshot_ = &collector_->collect(now_);
  expect_types_of_catalogue();
  expect_nothing_fell();
  return *snapshot_;
}

// A database keeps the type that a field had first.
void ScanSequence::expect_types_of_catalogue() {
  const auto expect_type = [](const Value& value, const MetricInfo& metric) {
    if (value.is_absent()) return;
    EXPECT_EQ(value.is_integer(), metric.type == ValueType::integer) << metric.name;
  };
  for (const auto& row : snapshot_->groups) {
    for (std::size_t i = 0; i < kMetricCount; ++i) {
      expect_type(row.values[static_cast<Metric>(i)], kMetrics.at(i));
    }
  }
  for (std::size_t i = 0; i < kSelfMetricCount; ++i) {
    expect_type(snapshot_->self[static_cast<SelfMetric>(i)], kSelfMetrics.at(i));
  }
}

void ScanSequence::expect_nothing_fell() {
  std::map<std::string, GroupValues> current;
  for (const auto& [name, values] : snapshot_->groups) {
    const auto [entry, is_new] = current.emplace(name, values);
    EXPECT_TRUE(is_new) << "two rows are called " << name;
    EXPECT_EQ(std::prev(current.end()), entry) << "rows are not sorted at " << name;
    const auto before = previous_.find(std::string(name));
    if (before == previous_.end()) continue;
    for (std::size_t i = 0; i < kMetricCount; ++i) {
      const auto metric = static_cast<Metric>(i);
      const auto& old_value = before->second[metric];
      const auto& new_value = values[metric];
      if (kMetrics.at(i).kind != Kind::counter || old_value.is_absent() || new_value.is_absent()) {
        continue;
      }
      EXPECT_GE(new_value.as_real(), old_value.as_real())
          << kMetrics.at(i).name << " of " << name << " fell";
    }
  }
  // A counter that was absent for a while must not come back lower: the last known one stays.
  for (auto& [name, values] : previous_) {
    const auto now = current.find(name);
    if (now == current.end()) continue;
    for (std::size_t i = 0; i < kMetricCount; ++i) {
      const auto metric = static_cast<Metric>(i);
      if (now->second[metric].is_absent()) now->second[metric] = values[metric];
    }
  }
  previous_ = std::move(current);
}

bool ScanSequence::has_group(const std::string& name) const {
  return std::ranges::any_of(snapshot_->groups,
                             [&name](const GroupRow& row) { return row.name == name; });
}

Value ScanSequence::value(const std::string& group, Metric metric) const {
  for (const auto& row : snapshot_->groups) {
    if (row.name == group) return row.values[metric];
  }
  ADD_FAILURE() << "no group " << group;
  return {};
}

double ScanSequence::number(const std::string& group, Metric metric) const {
  const auto found = value(group, metric);
  EXPECT_FALSE(found.is_absent()) << kMetrics.at(static_cast<std::size_t>(metric)).name << " of "
                                  << group << " is absent";
  return found.as_real();
}

double ScanSequence::number(SelfMetric metric) const { return snapshot_->self[metric].as_real(); }

std::uint64_t ScanSequence::cpu_ns(const std::string& group) const {
  return static_cast<std::uint64_t>(value(group, Metric::cpu_time).as_ns());
}

}  // namespace proctally::test
