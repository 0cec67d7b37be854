#pragma once

#include <cstdint>
#include <vector>

#include "core/accounting/process.h"
#include "core/accounting/totals.h"

namespace proctally::accounting {

/// Those of one group who died to one reaper.
struct Claim {
  GroupId group = kNoGroup;
  Totals work;                   ///< As exit messages have it.
  std::uint64_t certain_ns = 0;  ///< The CPU that they used at least.
  std::uint64_t missing_ns = 0;  ///< What that lacks, on the average: a weight.
  std::uint64_t guess_ns = 0;    ///< The weight where nothing else is known.
};

/// A living process that somebody may have died to, as a settlement sees it: what it received when
/// it waited for them, who claims it, and what of it is on the books already.
class Reaper {
 public:
  /// The process outlives the reaper, and stays where it is. `is_read`: its figures are of after
  /// the deaths. `tick_ns`: the steps in which it shows CPU time.
  Reaper(Process& process, bool is_read, std::uint64_t tick_ns)
      : process_(&process),
        is_read_(is_read),
        has_grown_(is_read && proctally::accounting::has_grown(process.reaped)),
        tick_ns_(tick_ns) {}

  [[nodiscard]] Process& process() const { return *process_; }
  [[nodiscard]] pid_t pid() const { return process_->pid; }
  [[nodiscard]] bool is_read() const { return is_read_; }
  /// Whether the scan brought it anything; not how much of that is explained.
  [[nodiscard]] bool has_grown() const { return has_grown_; }
  [[nodiscard]] const std::vector<Claim>& claims() const { return claims_; }
  /// Of its dead, in this scan.
  [[nodiscard]] const Totals& io_debt() const { return io_debt_; }

  /// What it received that no debt explains so far. I/O: all that is pending.
  [[nodiscard]] Totals received() const;

  /// Whether a debt can be in that. Faults are exact, and no process that ran a program is without
  /// any; CPU is shown in whole ticks.
  [[nodiscard]] bool has_received(const Totals& debt) const;
  /// The same of I/O, which is not read at one moment with the rest.
  [[nodiscard]] bool has_received_io(const Totals& debt) const;

  /// With whom was waited for all its faults came. Whether so many are neither explained nor
  /// claimed; where more is claimed than there is, some claims came a moment before the scan, and
  /// nothing is certain: yes.
  [[nodiscard]] bool has_room(std::uint64_t faults) const;
  /// Whether these are all.
  [[nodiscard]] bool has_just(std::uint64_t faults) const;

  /// Explains what it received by what is on the books of one of its dead.
  void pay(const Totals& debt);
  void add(const Claim& claim);

 private:
  Process* process_;
  bool is_read_;
  bool has_grown_;
  std::uint64_t tick_ns_;
  Totals io_debt_;
  std::uint64_t faults_claimed_ = 0;
  std::vector<Claim> claims_;
};

}  // namespace proctally::accounting
