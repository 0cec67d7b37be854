#pragma once

#include <cstdint>
#include <optional>

#include "core/accounting/group_accounts.h"
#include "core/accounting/process.h"
#include "core/snapshot.h"

namespace proctally::accounting {

/// The books on the whole host: every nanosecond that goes onto a group's account goes through
/// here, and so does what belongs to no group, so that the remainder is known. They begin with the
/// first scan, whatever the baseline of the groups.
class Books {
 public:
  /// `accounts` outlives the books.
  explicit Books(GroupAccounts& accounts) : accounts_(accounts) {}

  /// Monotonic times; nothing before the first scan.
  void begin_scan(std::optional<std::int64_t> previous_ns, std::int64_t now_ns);

  /// Moves what is pending of a process onto its group's account, once the group is known.
  void credit(Process& process);
  /// Work that was done since the last scan by processes that are gone.
  void credit(GroupId group, const Totals& work);

  /// The CPU time of the host since its boot, where that is known, and what the books say of it.
  void close(std::optional<std::uint64_t> host_busy_ns, SelfValues& self);

  /// What a state keeps of it (core/state_archive.h).
  template <typename Archive, typename Self>
  static void transfer(Archive& archive, Self& self) {
    archive(self.host_baseline_ns_, self.host_ns_, self.grouped_ns_, self.ungrouped_ns_,
            self.unattributed_ns_);
  }

 private:
  Usage enter(GroupId group, const Totals& work, double share_of_now);

  GroupAccounts& accounts_;
  std::optional<std::int64_t> previous_ns_;
  std::int64_t now_ns_ = 0;

  std::optional<std::uint64_t> host_baseline_ns_;
  std::uint64_t host_ns_ = 0;
  std::uint64_t grouped_ns_ = 0;
  std::uint64_t ungrouped_ns_ = 0;
  std::uint64_t unattributed_ns_ = 0;
};

}  // namespace proctally::accounting
