#include "plugins/graphite/schedule.h"

#include <algorithm>
#include <utility>

namespace proctally::plugins::graphite {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
// A clock that is only corrected does not begin its ticks anew.
constexpr std::int64_t kCorrectionNs = kSecondNs / 2;

std::int64_t last_multiple(std::int64_t ns, std::int64_t interval_ns) {
  return ns - ns % interval_ns;
}

}  // namespace

Schedule::Schedule(std::chrono::seconds interval, std::int64_t now_ns, std::int64_t monotonic_ns)
    : interval_ns_(interval.count() * kSecondNs),
      next_ns_(last_multiple(now_ns, interval_ns_) + interval_ns_),
      last_monotonic_ns_(monotonic_ns) {}

std::chrono::nanoseconds Schedule::wait(std::int64_t now_ns) {
  if (next_ns_ - now_ns > interval_ns_ + kCorrectionNs) {
    was_set_back_ = true;
    next_ns_ = last_multiple(now_ns, interval_ns_) + interval_ns_;
  }
  return std::chrono::nanoseconds(next_ns_ - now_ns);
}

Schedule::Tick Schedule::take(std::int64_t now_ns, std::int64_t monotonic_ns) {
  const auto due_ns = std::max(last_multiple(now_ns, interval_ns_), next_ns_);
  const auto passed_ns = monotonic_ns - std::exchange(last_monotonic_ns_, monotonic_ns);
  // Rounded, as one may be late. Where the clock was set forward none was missed.
  const auto ticks = (passed_ns + interval_ns_ / 2) / interval_ns_;
  const Tick tick{.time_s = due_ns / kSecondNs,
                  .skipped = static_cast<std::uint64_t>(
                      std::clamp<std::int64_t>(ticks - 1, 0, (due_ns - next_ns_) / interval_ns_)),
                  .was_set_back = std::exchange(was_set_back_, false)};
  next_ns_ = due_ns + interval_ns_;
  return tick;
}

}  // namespace proctally::plugins::graphite
