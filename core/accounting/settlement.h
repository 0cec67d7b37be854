#pragma once

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "core/accounting/books.h"
#include "core/accounting/death_finder.h"
#include "core/accounting/group_accounts.h"
#include "core/accounting/group_assigner.h"
#include "core/accounting/process_sampler.h"
#include "core/accounting/process_table.h"
#include "core/accounting/reaper.h"
#include "core/accounting/totals.h"
#include "core/accounting/unwaited.h"

namespace proctally::accounting {

/// Puts on the books what processes did that are gone: between their last reading and their end,
/// and in the whole life of one that no scan ever saw.
///
/// How much it was, the kernel tells of those who waited for them: cutime and its like are exact to
/// a tick, whatever died how fast. What had been counted of the dead while they lived is in there
/// too: their debt. What is left is shared among those who died to that reaper. An exit message
/// says who they were, and how much each may have used: a weight, no sum (scanning.md, 9 and 9b).
/// Without messages those get it whom a scan had seen; where there is none, the reaper itself.
class Settlement {
 public:
  /// All outlive the settlement.
  Settlement(ProcessTable& table, DeathFinder& deaths, ProcessSampler& sampler,
             GroupAssigner& assigner, GroupAccounts& accounts, Books& books)
      : table_(table),
        deaths_(deaths),
        sampler_(sampler),
        assigner_(assigner),
        accounts_(accounts),
        books_(books) {}

  /// Once the deaths were found and the living named.
  void run(std::uint64_t ns_per_tick);

  /// What a state keeps of it (core/state_archive.h).
  template <typename Archive, typename Self>
  static void transfer(Archive& archive, Self& self) {
    archive(self.ungrouped_unwaited_, self.sample_ns_);
  }

 private:
  /// How sure it is who waited for one of the dead.
  enum class Certainty : std::uint8_t {
    parent,    ///< The parent lives, and can.
    ancestor,  ///< It has ended itself: an ancestor, or whoever waited for the parent.
    anybody,   ///< None of them can have: somebody adopted it.
  };

  void close_dead();
  void name_exits();
  void enter_debts(Certainty certainty);
  void enter_debt(std::size_t place, const Lineage::Member& member, Certainty certainty);
  [[nodiscard]] std::vector<Reaper*> find_candidates(const Lineage::Member& member,
                                                     Certainty certainty);
  static Reaper* pay(const std::vector<Reaper*>& candidates, const Totals& debt, const Totals& work,
                     bool is_direct);
  static Reaper* pay_together(const std::vector<Reaper*>& candidates, const Totals& debt,
                              std::uint64_t faults);
  void claim_for_exits(bool of_direct_children);
  void credit_unwaited(GroupId group, const kernel::ProcessExit& exit);
  [[nodiscard]] GroupId group_of_parent(const Lineage::Member& member) const;
  [[nodiscard]] Reaper* find(pid_t reaper);

  ProcessTable& table_;
  DeathFinder& deaths_;
  ProcessSampler& sampler_;
  GroupAssigner& assigner_;
  GroupAccounts& accounts_;
  Books& books_;

  std::vector<Reaper> reapers_;       ///< Sorted by pid.
  std::vector<GroupId> exit_groups_;  ///< Of each exit.
  Unwaited ungrouped_unwaited_;
  /// The smallest CPU time that a message ever named: a tick.
  std::uint64_t sample_ns_ = std::numeric_limits<std::uint64_t>::max();
  std::vector<bool> settled_dead_;
  std::vector<bool> kept_dead_;
  std::vector<bool> kept_exits_;
};

}  // namespace proctally::accounting
