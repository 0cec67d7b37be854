#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/accounting/process.h"
#include "core/accounting/process_table.h"
#include "core/kernel/process_exit.h"

namespace proctally::accounting {

inline constexpr std::size_t kNoExit = std::numeric_limits<std::size_t>::max();

/// A process of the table that is gone.
struct Dead {
  Process process;
  /// Its exit message's place among those of the scan; kNoExit where there is none.
  std::size_t exit = kNoExit;
  bool is_closed = false;  ///< What it did as far as it was seen is on its account.
};

/// Who was whose parent among the dead of a scan, and which living process the CPU of each of them
/// went to when it was waited for: the parent, or, where that is dead too, whoever waited for it.
class Lineage {
 public:
  /// All outlive the lineage. The exits are in the order of their ends.
  Lineage(ProcessTable& table, const std::vector<Dead>& dead,
          const std::vector<kernel::ProcessExit>& exits)
      : table_(table), dead_(dead), exits_(exits) {}

  /// After the dead or the exits changed.
  void rebuild();

  /// One of the dead, or what is known of it.
  struct Member {
    pid_t pid;
    pid_t ppid;
    std::size_t exit;          ///< Its place among the exits, or kNoExit.
    std::uint64_t born_ticks;  ///< Not before this; the largest number where that is not known.
  };
  [[nodiscard]] Member member_of_dead(std::size_t place) const;
  [[nodiscard]] Member member_of_exit(std::size_t place) const;

  /// Its parent among the dead: null where that is alive, or was never heard of.
  [[nodiscard]] const Member* find_dead_parent(const Member& member) const;

  /// The nearest ancestor that lives; null where the line breaks off.
  [[nodiscard]] Process* find_reaper(Member member) const;
  /// Its parent where that lives. A younger process only has the pid of a parent that is gone.
  [[nodiscard]] Process* find_living_parent(const Member& member) const;
  /// Whether its parent can still wait for children: nobody else has then waited for it.
  [[nodiscard]] bool has_waiting_parent(const Member& member) const;
  /// The parent of one that lives, where that is known.
  [[nodiscard]] Process* find_parent(const Process& process) const;

  /// More generations than this are a circle, made of pids used again.
  static constexpr int kMaxGenerations = 1000;

 private:
  [[nodiscard]] const Member* find_ended_later(const Member& member) const;

  ProcessTable& table_;
  const std::vector<Dead>& dead_;
  const std::vector<kernel::ProcessExit>& exits_;
  std::vector<Member> members_;  ///< Sorted by pid, then by exit.
};

}  // namespace proctally::accounting
