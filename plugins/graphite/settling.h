#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace proctally::plugins::graphite {

/// When what the peer's kernel acknowledged counts as delivered: when the connection has lasted so
/// much longer. If it breaks before, the peer's process may not have read it. One connection, one
/// thread.
class Settling {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Settling(Clock::duration wait) : wait_(wait) {}

  /// So many bytes of the connection are acknowledged at `now`; of them, so many are settled.
  std::uint64_t settled(std::uint64_t acknowledged, Clock::time_point now) {
    if (seen_.empty() || seen_.back().bytes < acknowledged) seen_.push_back({now, acknowledged});
    while (!seen_.empty() && seen_.front().at + wait_ <= now) {
      settled_ = seen_.front().bytes;
      seen_.pop_front();
    }
    return settled_;
  }

 private:
  struct Seen {
    Clock::time_point at;
    std::uint64_t bytes;
  };
  Clock::duration wait_;
  std::deque<Seen> seen_;
  std::uint64_t settled_ = 0;
};

}  // namespace proctally::plugins::graphite
