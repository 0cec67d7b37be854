#pragma once

#include <chrono>
#include <cstdint>

namespace proctally::plugins::graphite {

/// When scans are made: at the multiples of the interval in Unix time, as carbon's slots are, so
/// that each slot gets one point of each series. Follows the clock where it is set. One thread.
class Schedule {
 public:
  /// `now_ns` is CLOCK_REALTIME, here and below, `monotonic_ns` CLOCK_MONOTONIC.
  Schedule(std::chrono::seconds interval, std::int64_t now_ns, std::int64_t monotonic_ns);

  /// How long to wait for the next tick; not more than nothing where it is due.
  [[nodiscard]] std::chrono::nanoseconds wait(std::int64_t now_ns);

  struct Tick {
    std::int64_t time_s = 0;    ///< Unix time, a multiple of the interval.
    std::uint64_t skipped = 0;  ///< Ticks before it that were missed, by the time that has passed.
    bool was_set_back = false;  ///< The clock: the ticks went back with it.
  };
  /// The latest that is due; to be asked when wait() is over.
  [[nodiscard]] Tick take(std::int64_t now_ns, std::int64_t monotonic_ns);

 private:
  std::int64_t interval_ns_;
  std::int64_t next_ns_;
  std::int64_t last_monotonic_ns_;  ///< Of the last tick, or the start.
  bool was_set_back_ = false;
};

}  // namespace proctally::plugins::graphite
