#pragma once

#include <cstdint>

namespace proctally {

/// One moment on the three clocks that a scan needs. Made by the front end, passed in: the core
/// reads no clock, so a test can play any sequence of scans.
struct TimePoint {
  std::int64_t wall_ns = 0;       ///< CLOCK_REALTIME: the timestamp that is published.
  std::int64_t monotonic_ns = 0;  ///< CLOCK_MONOTONIC: percentages are over its differences.
  std::int64_t boot_ns = 0;       ///< CLOCK_BOOTTIME: the clock of a process's start time.
};

}  // namespace proctally
