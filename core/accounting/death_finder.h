#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/accounting/lineage.h"
#include "core/accounting/process_sampler.h"
#include "core/accounting/process_table.h"
#include "core/kernel/exit_source.h"

namespace proctally::accounting {

/// Finds who died since the last scan, and reads those who waited for them until one moment is
/// found in which both are known: a process that is gone has been waited for, so what it used is in
/// a figure of its reaper that is read afterwards; one that is there after that reading is not in
/// it (scanning.md, trap 11).
class DeathFinder {
 public:
  /// All outlive the finder. `exits` may be null: nothing says who died unseen.
  DeathFinder(ProcessTable& table, ProcessSampler& sampler, kernel::ExitSource* exits)
      : table_(table), sampler_(sampler), source_(exits), lineage_(table, dead_, exits_) {}

  /// Takes a process out of the table that the scan found gone. The last of the table takes its
  /// place.
  void bury(std::size_t place);

  /// Once all processes were polled and the new ones seen.
  void run();
  /// Instead of it in the first scan: who died before does not matter.
  void forget();

  [[nodiscard]] std::vector<Dead>& dead() { return dead_; }
  /// Exit messages of processes that are gone, those of dead() too, in the order of their ends.
  [[nodiscard]] const std::vector<kernel::ProcessExit>& exits() const { return exits_; }
  /// Whether that exit is of one of dead().
  [[nodiscard]] bool was_known(std::size_t exit) const { return was_known_[exit]; }
  [[nodiscard]] const Lineage& lineage() const { return lineage_; }
  /// Processes that live, and that somebody died to, or whose figures grew; by pid.
  [[nodiscard]] const std::vector<pid_t>& reapers() const { return reapers_; }
  /// Whether a reaper could not be read: what its dead used is not known yet.
  [[nodiscard]] bool is_unread(pid_t reaper) const;

  /// Ends the scan: all but the marked of dead() and of exits() are forgotten; those come again.
  void keep_only(const std::vector<bool>& dead, const std::vector<bool>& exits);

  [[nodiscard]] bool hears_exits() const { return source_ != nullptr; }
  [[nodiscard]] std::uint64_t exits_seen() const { return exits_seen_; }
  [[nodiscard]] std::uint64_t exits_lost() const {
    return exits_lost_before_ + (source_ ? source_->lost() : 0);
  }

  /// What a state keeps of it (core/state_archive.h).
  template <typename Archive, typename Self>
  static void transfer(Archive& archive, Self& self) {
    auto exits_lost = self.exits_lost();
    archive(self.dead_, self.exits_, self.waiting_, self.exits_seen_, exits_lost);
    if constexpr (Archive::kReads) {
      self.dead_kept_ = self.dead_.size();
      self.exits_kept_ = self.exits_.size();
      self.exits_lost_before_ = exits_lost;
    }
  }

 private:
  void find_grown_reapers();
  void note_zombie(Process& process);
  void index_children();
  void look_at_children();
  void look_at_orphan(pid_t pid);
  bool bury_if_gone(pid_t pid);
  void take_exits(bool is_first_round);
  bool is_over(const kernel::ProcessExit& exit, bool is_last_of_pid);
  void add_reapers_of_dead(std::size_t first_dead, std::size_t first_exit);
  void read_reapers();
  void match_exits();
  template <typename Visit>
  void for_each_child(pid_t parent, Visit visit);

  ProcessTable& table_;
  ProcessSampler& sampler_;
  kernel::ExitSource* source_;
  std::uint64_t exits_seen_ = 0;
  std::uint64_t exits_lost_before_ = 0;  ///< By those whose state this goes on with.

  std::vector<Dead> dead_;
  std::vector<kernel::ProcessExit> exits_;
  std::vector<bool> was_known_;
  std::size_t dead_kept_ = 0;  ///< So many of dead_, and of exits_, are of an earlier scan.
  std::size_t exits_kept_ = 0;
  Lineage lineage_;
  std::vector<kernel::ProcessExit> waiting_;  ///< Of those that nobody has waited for so far.
  std::vector<kernel::ProcessExit> still_waiting_;
  std::vector<std::pair<pid_t, pid_t>> children_;  ///< Parent and child, sorted.
  std::size_t orphans_looked_at_ = 0;  ///< So many of dead_ had their children looked at.
  std::vector<pid_t> orphans_;         ///< Adopted since the index was made.
  std::unordered_map<pid_t, std::size_t> last_of_pid_;
  std::unordered_set<pid_t> walked_;
  std::unordered_set<pid_t> buried_;  ///< In this scan.
  std::vector<pid_t> new_zombies_;
  std::vector<pid_t> reapers_;
  std::vector<pid_t> to_read_;
  std::vector<pid_t> unread_;
};

}  // namespace proctally::accounting
