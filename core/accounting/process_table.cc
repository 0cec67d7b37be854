#include "core/accounting/process_table.h"

#include <utility>

namespace proctally::accounting {

Process& ProcessTable::add(Process process) {
  places_.emplace(process.pid, processes_.size());
  return processes_.emplace_back(std::move(process));
}

void ProcessTable::remove(std::size_t place) {
  places_.erase(processes_[place].pid);
  if (place + 1 != processes_.size()) {
    processes_[place] = std::move(processes_.back());
    places_[processes_[place].pid] = place;
  }
  processes_.pop_back();
}

Process* ProcessTable::find(pid_t pid) {
  const auto found = places_.find(pid);
  return found == places_.end() ? nullptr : &processes_[found->second];
}

const Process* ProcessTable::find(pid_t pid) const {
  const auto found = places_.find(pid);
  return found == places_.end() ? nullptr : &processes_[found->second];
}

bool ProcessTable::find_places() {
  places_.clear();
  for (std::size_t place = 0; place < processes_.size(); ++place) {
    if (!places_.emplace(processes_[place].pid, place).second) return false;
  }
  return true;
}

}  // namespace proctally::accounting
