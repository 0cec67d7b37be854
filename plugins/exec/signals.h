#pragma once

#include <cstdint>

#include "core/unique_fd.h"

namespace proctally::plugins {

/// Blocks the signals that the loops take over: the first thing in main(), because one that comes
/// before would end the program. Ignores SIGPIPE.
void take_over_signals();

/// They, and SIGPIPE, end the program again, as is right where there is no loop to read them.
void give_back_signals();

/// What signals ask of a loop.
struct SignalRequests {
  bool reload = false;      ///< SIGHUP.
  std::uint64_t ticks = 0;  ///< SIGUSR1 and SIGUSR2, each one.
  bool end = false;         ///< SIGTERM and SIGINT.
};

/// The signals that were taken over, as a descriptor that can be read when one waits (signalfd(2)).
[[nodiscard]] UniqueFd open_signals();

/// All that wait there. Does not block.
[[nodiscard]] SignalRequests read_signals(int fd);

}  // namespace proctally::plugins
