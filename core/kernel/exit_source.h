#pragma once

#include <cstdint>
#include <vector>

#include "core/kernel/process_exit.h"

namespace proctally::kernel {

/// Says which processes ended. Used by the scan thread. TaskstatsListener for the real one, a
/// fake in tests.
class ExitSource {
 public:
  ExitSource() = default;
  ExitSource(const ExitSource&) = delete;
  ExitSource& operator=(const ExitSource&) = delete;
  virtual ~ExitSource() = default;

  /// Appends the processes that ended since the last call, in the order of their ends. All that
  /// were zombies, or gone, before the call are in it; some may still be on their last steps and
  /// be seen by a scan. Waits for nothing but a short critical section.
  virtual void drain(std::vector<ProcessExit>& exits) = 0;

  /// The messages lost since the start: one for each thread that ended unseen. Of a process with
  /// a lost message nothing comes, or too little.
  [[nodiscard]] virtual std::uint64_t lost() const = 0;
};

}  // namespace proctally::kernel
