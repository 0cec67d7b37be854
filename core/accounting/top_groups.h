#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/accounting/group_accounts.h"

namespace proctally::accounting {

/// Where only so many groups are to be published: chooses the busiest by CPU, and makes the others
/// one with `_other`. A group that is published stays so until another is clearly busier. Every
/// sum is kept, and no counter falls: what a group did while it was part of `_other` stays there.
class TopGroups {
 public:
  /// `accounts` outlives it.
  explicit TopGroups(GroupAccounts& accounts) : accounts_(accounts) {}

  /// Nothing: all are published. Those whose name is constant always are, and count.
  void set_limit(std::optional<std::size_t> limit) { limit_ = limit; }

  /// Once in a scan, when all is on the books. Monotonic time.
  void run(std::int64_t now_ns);

  /// What a state keeps of it (core/state_archive.h).
  template <typename Archive, typename Self>
  static void transfer(Archive& archive, Self& self) {
    archive(self.previous_ns_, self.received_);
    archive.require(self.previous_ns_.value_or(0) >= 0, "a time is negative");
  }

 private:
  void choose(std::int64_t now_ns);
  void fold();

  GroupAccounts& accounts_;
  std::optional<std::size_t> limit_;
  std::optional<std::int64_t> previous_ns_;
  Counters received_;                 ///< By `_other`, from all that were ever part of it.
  std::vector<Account*> candidates_;  ///< Kept for its memory alone.
};

}  // namespace proctally::accounting
