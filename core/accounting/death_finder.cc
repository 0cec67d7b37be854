#include "core/accounting/death_finder.h"

#include <algorithm>

namespace proctally::accounting {
namespace {

// Each round is needed only because somebody died during the one before, and reads only those who
// waited for them.
constexpr int kMaxRoundsOfStorm = 10;
constexpr int kMaxRounds = 1000;

void sort_unique(std::vector<pid_t>& pids) {
  std::ranges::sort(pids);
  // Not std::ranges::unique(): clang 14 does not take libstdc++'s subrange.
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
}

}  // namespace

void DeathFinder::bury(std::size_t place) {
  sampler_.close(table_.at(place));
  buried_.insert(table_.at(place).pid);
  dead_.push_back({std::move(table_.at(place)), kNoExit});
  table_.remove(place);
}

void DeathFinder::forget() {
  if (source_ != nullptr) source_->drain(waiting_);
  waiting_.clear();
  buried_.clear();
  dead_.clear();
}

void DeathFinder::run() {
  find_grown_reapers();
  children_.clear();
  unread_.clear();
  orphans_looked_at_ = 0;
  to_read_ = reapers_;
  orphans_.clear();
  for (int round = 0; round < kMaxRounds; ++round) {
    // Who is dead to a reaper that has ended itself may have had another one.
    const bool from_start = round == 0 || !new_zombies_.empty();
    const auto known_before = from_start ? 0 : dead_.size();
    const auto heard_before = from_start ? 0 : exits_.size();
    // Who is found gone here has sent its message before: those are taken afterwards.
    look_at_children();
    take_exits(round == 0);
    const bool found_known = from_start || dead_.size() != known_before;
    const bool heard_more = exits_.size() != heard_before;
    // What a scan had counted of the dead has to be found again, however long that takes. Of those
    // that it never saw some may come a moment early in a storm.
    if (!found_known && (!heard_more || round >= kMaxRoundsOfStorm)) break;
    lineage_.rebuild();
    add_reapers_of_dead(known_before, heard_before);
    read_reapers();
  }
  match_exits();
  lineage_.rebuild();
}

void DeathFinder::find_grown_reapers() {
  reapers_.clear();
  new_zombies_.clear();
  for (auto& process : table_) {
    if (has_grown(process.reaped)) reapers_.push_back(process.pid);
    note_zombie(process);
  }
}

void DeathFinder::note_zombie(Process& process) {
  if (process.state != 'Z' || process.is_bereft) return;
  process.is_bereft = true;
  new_zombies_.push_back(process.pid);
}

void DeathFinder::index_children() {
  if (!children_.empty()) return;
  for (const auto& process : table_) children_.emplace_back(process.ppid, process.pid);
  std::ranges::sort(children_);
}

template <typename Visit>
void DeathFinder::for_each_child(pid_t parent, Visit visit) {
  index_children();
  auto child = std::lower_bound(children_.begin(), children_.end(), std::pair(parent, pid_t{0}));
  for (; child != children_.end() && child->first == parent; ++child) visit(child->second);
}

bool DeathFinder::bury_if_gone(pid_t pid) {
  if (table_.find(pid) == nullptr || !sampler_.is_gone(pid)) return false;
  bury(table_.place_of(pid));
  return true;
}

void DeathFinder::look_at_children() {
  for (const auto reaper : reapers_) {
    for_each_child(reaper, [&](pid_t child) { (void)bury_if_gone(child); });
  }
  // The index has them at the parent that they had.
  for (const auto orphan : orphans_) (void)bury_if_gone(orphan);
  const auto look_at_children_of = [&](pid_t parent) {
    for_each_child(parent, [&](pid_t child) {
      if (!bury_if_gone(child)) look_at_orphan(child);
    });
  };
  for (const auto zombie : new_zombies_) look_at_children_of(zombie);
  new_zombies_.clear();
  // Those who are found here have children too.
  for (; orphans_looked_at_ < dead_.size(); ++orphans_looked_at_) {
    look_at_children_of(dead_[orphans_looked_at_].process.pid);
  }
}

// Who adopted it is who will wait for it.
void DeathFinder::look_at_orphan(pid_t pid) {
  auto* orphan = table_.find(pid);
  if (orphan == nullptr) return;
  const auto result = sampler_.poll_again(*orphan);
  if (result == PollResult::ended || result == PollResult::replaced) {
    bury(table_.place_of(pid));
  } else {
    orphans_.push_back(pid);
  }
}

void DeathFinder::take_exits(bool is_first_round) {
  if (source_ == nullptr) return;
  const auto heard = waiting_.size();
  source_->drain(waiting_);
  exits_seen_ += waiting_.size() - heard;
  if (waiting_.empty()) return;
  last_of_pid_.clear();
  for (std::size_t i = 0; i < waiting_.size(); ++i) last_of_pid_[waiting_[i].pid] = i;
  still_waiting_.clear();
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const auto& exit = waiting_[i];
    // Of those that waited before, only who was found gone meanwhile: there may be many zombies.
    const bool is_due = is_first_round || i >= heard || buried_.contains(exit.pid);
    if (!is_due || !is_over(exit, last_of_pid_.at(exit.pid) == i)) {
      still_waiting_.push_back(exit);
    } else if (!exit.may_be_thread || buried_.contains(exit.pid)) {
      exits_.push_back(exit);  // What may be a thread is one, unless it was known as a process.
    }
  }
  waiting_.swap(still_waiting_);
}

bool DeathFinder::is_over(const kernel::ProcessExit& exit, bool is_last_of_pid) {
  if (sampler_.is_gone(exit.pid)) {
    (void)bury_if_gone(exit.pid);
    return true;
  }
  // Or somebody else has that pid by now, who may have ended as well.
  if (!is_last_of_pid) return true;
  const auto* known = table_.find(exit.pid);
  const bool is_zombie = known != nullptr && known->state == 'Z';
  return !is_zombie && !sampler_.is_ending(exit.pid);
}

void DeathFinder::add_reapers_of_dead(std::size_t first_dead, std::size_t first_exit) {
  walked_.clear();
  const auto add_reapers_of = [this](const Lineage::Member& member) {
    const auto* reaper = lineage_.find_reaper(member);
    if (lineage_.has_waiting_parent(member)) {
      to_read_.push_back(reaper->pid);
      return;
    }
    // Where its parent has ended as well, anybody further up may have waited for it. Above one that
    // was walked over before all were.
    while (reaper != nullptr && walked_.insert(reaper->pid).second) {
      to_read_.push_back(reaper->pid);
      reaper = lineage_.find_parent(*reaper);
    }
  };
  for (auto i = first_dead; i < dead_.size(); ++i) add_reapers_of(lineage_.member_of_dead(i));
  pid_t last_ppid = 0;
  for (auto i = first_exit; i < exits_.size(); ++i) {
    if (exits_[i].ppid == last_ppid) continue;  // A storm has one parent.
    last_ppid = exits_[i].ppid;
    add_reapers_of(lineage_.member_of_exit(i));
  }
  sort_unique(to_read_);
}

void DeathFinder::read_reapers() {
  for (const auto pid : to_read_) {
    auto* reaper = table_.find(pid);
    if (reaper == nullptr) continue;
    std::erase(unread_, pid);
    switch (sampler_.poll_again(*reaper)) {
      case PollResult::idle:
      case PollResult::read:
        note_zombie(*reaper);
        break;
      case PollResult::unreadable:
        unread_.push_back(pid);
        break;
      case PollResult::ended:
      case PollResult::replaced:
        bury(table_.place_of(pid));
        break;
    }
  }
  reapers_.insert(reapers_.end(), to_read_.begin(), to_read_.end());
  sort_unique(reapers_);
  to_read_.clear();
}

void DeathFinder::match_exits() {
  was_known_.assign(exits_.size(), false);
  if (exits_.empty()) return;
  std::vector<std::pair<pid_t, std::size_t>> by_pid;
  for (std::size_t i = 0; i < exits_.size(); ++i) by_pid.emplace_back(exits_[i].pid, i);
  std::ranges::sort(by_pid);
  for (std::size_t i = 0; i < dead_.size(); ++i) {
    auto& dead = dead_[i];
    const auto [first, last] = std::ranges::equal_range(
        by_pid, dead.process.pid, {}, [](const auto& entry) { return entry.first; });
    // Of several with that pid the first that can have used so much. What a zombie used is more
    // than its message knew.
    for (auto entry = first; entry != last && dead.exit == kNoExit; ++entry) {
      const auto exit = entry->second;
      const bool can_be = last - first == 1 || dead.process.state == 'Z' ||
                          exits_[exit].run_ns >= dead.process.last.cpu_ns();
      // What is left from an earlier scan belongs together.
      const bool is_of_one_scan = (i < dead_kept_) == (exit < exits_kept_);
      if (was_known_[exit] || !can_be || !is_of_one_scan) continue;
      dead.exit = exit;
      was_known_[exit] = true;
    }
  }
}

bool DeathFinder::is_unread(pid_t reaper) const {
  return std::ranges::find(unread_, reaper) != unread_.end();
}

void DeathFinder::keep_only(const std::vector<bool>& dead, const std::vector<bool>& exits) {
  std::size_t i = 0;
  std::erase_if(dead_, [&](Dead& one) {
    one.exit = kNoExit;
    return !dead[i++];
  });
  i = 0;
  std::erase_if(exits_, [&](const auto&) { return !exits[i++]; });
  buried_.clear();
  dead_kept_ = dead_.size();
  exits_kept_ = exits_.size();
}

}  // namespace proctally::accounting
