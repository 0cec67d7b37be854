#pragma once

#include <cstdint>

#include "core/unique_fd.h"

namespace proctally::plugins {

/// A timer that is due again and again, as a descriptor that can be read when it is (timerfd(2)).
class IntervalTimer {
 public:
  /// Due first after one interval.
  void start(std::int64_t interval_ns);
  void stop() { fd_.reset(); }
  [[nodiscard]] bool is_running() const { return fd_.is_open(); }

  /// -1 where it does not run: poll(2) leaves that out.
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// How often it was due since it was last asked; does not block.
  [[nodiscard]] std::uint64_t take_expirations();

 private:
  UniqueFd fd_;
};

}  // namespace proctally::plugins
