#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "core/accounting/books.h"
#include "core/accounting/death_finder.h"
#include "core/accounting/process_table.h"
#include "core/kernel/context_switches.h"

namespace proctally::accounting {

/// Keeps the context switches of living processes up to date: asks once in a scan, for all that ran
/// since they were asked for. Who did not run did not switch.
class SwitchSampler {
 public:
  /// `table` outlives the sampler, and so does `counter`, which may be null: nothing is known.
  SwitchSampler(ProcessTable& table, kernel::SwitchCounter* counter)
      : table_(table), counter_(counter) {}

  /// Once all processes were polled and the dead are out of the table.
  void run();

 private:
  static void take(Process& process, const std::optional<kernel::Switches>& answer);

  ProcessTable& table_;
  kernel::SwitchCounter* counter_;
  // Kept between scans for their memory alone.
  std::vector<std::size_t> places_;
  std::vector<pid_t> pids_;
  std::vector<std::optional<kernel::Switches>> answers_;
};

/// Completes the switches of the dead by their exit messages, those that are kept for the next scan
/// excepted. `groups` has the group of each message whose process was not known.
void credit_switches(DeathFinder& deaths, const std::vector<bool>& kept_exits,
                     const std::vector<GroupId>& groups, Books& books);

}  // namespace proctally::accounting
