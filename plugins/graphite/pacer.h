#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace proctally::plugins::graphite {

/// How fast what waits is sent, so that a receiver that comes back is not flooded: after each batch
/// there is a pause in proportion to its lines. A batch that comes alone never waits: the rate is
/// at least twice that of the batches which come. One thread.
class Pacer {
 public:
  using Clock = std::chrono::steady_clock;

  Pacer(double lines_per_second, std::chrono::seconds interval)
      : lines_per_second_(lines_per_second), interval_(interval) {}

  /// A batch of so many lines came, one of which comes each interval.
  void came(std::size_t lines) {
    live_lines_per_second_ = static_cast<double>(lines) / static_cast<double>(interval_.count());
  }
  /// How long the next batch has to wait; not more than nothing where it may go.
  [[nodiscard]] Clock::duration wait(Clock::time_point now) const { return next_ - now; }
  void sent(std::size_t lines, Clock::time_point now) {
    const auto rate = std::max(lines_per_second_, 2 * live_lines_per_second_);
    const std::chrono::duration<double> pause(static_cast<double>(lines) / rate);
    next_ = std::max(next_, now) + std::chrono::duration_cast<Clock::duration>(pause);
  }

 private:
  double lines_per_second_;
  std::chrono::seconds interval_;
  double live_lines_per_second_ = 0;
  Clock::time_point next_{};
};

}  // namespace proctally::plugins::graphite
