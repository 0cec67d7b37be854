#pragma once

#include <cstdint>

#include "core/kernel/process_exit.h"

namespace proctally::accounting {

/// The CPU time of a group's processes that nobody waited for. What their last messages say is all
/// there will ever be, and of a short life it is little: the scheduler's figure lacks the time
/// since it looked last, and a tick hits it or not. So only what is as good as certain is taken:
/// counting too little is told (cpu_unattributed_seconds), too much would be made up.
class Unwaited {
 public:
  /// How much of the messages so far may go onto the account with this one, in ns. `tick_ns` is the
  /// step of the sampled times.
  [[nodiscard]] std::uint64_t take(const kernel::ProcessExit& exit, std::uint64_t tick_ns);

  /// What a state keeps of it (core/state_archive.h).
  template <typename Archive, typename Self>
  static void transfer(Archive& archive, Self& self) {
    archive(self.processes_, self.run_ns_, self.sampled_ns_, self.taken_ns_);
  }

 private:
  std::uint64_t processes_ = 0;
  std::uint64_t run_ns_ = 0;
  std::uint64_t sampled_ns_ = 0;
  std::uint64_t taken_ns_ = 0;
};

}  // namespace proctally::accounting
