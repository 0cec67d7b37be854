#include "core/accounting/lineage.h"

#include <algorithm>

namespace proctally::accounting {
namespace {

bool comes_before(const Lineage::Member& a, const Lineage::Member& b) {
  return a.pid != b.pid ? a.pid < b.pid : a.exit < b.exit;
}

}  // namespace

Lineage::Member Lineage::member_of_dead(std::size_t place) const {
  const auto& [process, exit, is_closed] = dead_[place];
  // The message tells the parent at its end; a record may be older than that, or younger.
  const bool was_zombie = process.state == 'Z';
  const auto ppid = exit == kNoExit || was_zombie ? process.ppid : exits_[exit].ppid;
  return {process.pid, ppid, exit, process.starttime_ticks};
}

Lineage::Member Lineage::member_of_exit(std::size_t place) const {
  return {exits_[place].pid, exits_[place].ppid, place, std::numeric_limits<std::uint64_t>::max()};
}

void Lineage::rebuild() {
  members_.clear();
  for (std::size_t i = 0; i < dead_.size(); ++i) members_.push_back(member_of_dead(i));
  for (std::size_t i = 0; i < exits_.size(); ++i) members_.push_back(member_of_exit(i));
  // Of two that are one the process of the table comes first, and is the one that stays.
  std::ranges::stable_sort(members_, comes_before);
  members_.erase(std::unique(members_.begin(), members_.end(),
                             [](const Member& a, const Member& b) {
                               return a.pid == b.pid && a.exit == b.exit;
                             }),
                 members_.end());
}

// Who ended after it had that pid when it ended: whoever has it now got it later.
const Lineage::Member* Lineage::find_ended_later(const Member& member) const {
  const auto earliest = member.exit == kNoExit ? 0 : member.exit + 1;
  const auto found = std::lower_bound(members_.begin(), members_.end(),
                                      Member{member.ppid, 0, earliest, 0}, comes_before);
  return found == members_.end() || found->pid != member.ppid ? nullptr : &*found;
}

Process* Lineage::find_living_parent(const Member& member) const {
  auto* parent = table_.find(member.ppid);
  if (parent == nullptr || parent->starttime_ticks > member.born_ticks) return nullptr;
  return member.exit != kNoExit && find_ended_later(member) != nullptr ? nullptr : parent;
}

bool Lineage::has_waiting_parent(const Member& member) const {
  const auto* parent = find_living_parent(member);
  return parent != nullptr && parent->state != 'Z';
}

Process* Lineage::find_parent(const Process& process) const {
  return find_living_parent({process.pid, process.ppid, kNoExit, process.starttime_ticks});
}

const Lineage::Member* Lineage::find_dead_parent(const Member& member) const {
  return find_living_parent(member) != nullptr ? nullptr : find_ended_later(member);
}

Process* Lineage::find_reaper(Member member) const {
  for (int generation = 0; generation < kMaxGenerations; ++generation) {
    if (auto* parent = find_living_parent(member)) return parent;
    const auto* dead_parent = find_dead_parent(member);
    if (dead_parent == nullptr) return nullptr;
    member = *dead_parent;
  }
  return nullptr;
}

}  // namespace proctally::accounting
