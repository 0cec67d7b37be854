#pragma once

#include <unordered_map>
#include <vector>

#include "core/accounting/process.h"

namespace proctally::accounting {

/// The processes of the host that are remembered, dense in memory because each scan walks over all
/// of them, and found by pid. A pointer or place is valid until the next add() or remove().
class ProcessTable {
 public:
  /// The pid must not be in the table.
  Process& add(Process process);
  /// Puts the last process into the place that becomes free.
  void remove(std::size_t place);

  /// Null for a pid that is not in the table.
  [[nodiscard]] Process* find(pid_t pid);
  [[nodiscard]] const Process* find(pid_t pid) const;
  /// The place of a pid that is in the table.
  [[nodiscard]] std::size_t place_of(pid_t pid) const { return places_.at(pid); }
  [[nodiscard]] Process& at(std::size_t place) { return processes_[place]; }
  [[nodiscard]] std::size_t size() const { return processes_.size(); }

  [[nodiscard]] auto begin() { return processes_.begin(); }
  [[nodiscard]] auto end() { return processes_.end(); }
  [[nodiscard]] auto begin() const { return processes_.begin(); }
  [[nodiscard]] auto end() const { return processes_.end(); }

  /// What a state keeps of it (core/state_archive.h).
  template <typename Archive, typename Self>
  static void transfer(Archive& archive, Self& self) {
    archive(self.processes_);
    if constexpr (Archive::kReads) archive.require(self.find_places(), "two processes of one pid");
  }

 private:
  /// Finds the places of all anew. False where two have one pid.
  [[nodiscard]] bool find_places();

  std::vector<Process> processes_;
  std::unordered_map<pid_t, std::size_t> places_;
};

}  // namespace proctally::accounting
