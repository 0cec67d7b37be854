#include "core/accounting/switch_sampler.h"

#include <algorithm>

namespace proctally::accounting {

using kernel::ProcessExit;

void SwitchSampler::run() {
  if (counter_ == nullptr) return;
  places_.clear();
  pids_.clear();
  for (std::size_t place = 0; place < table_.size(); ++place) {
    if (!table_.at(place).switches_due) continue;
    places_.push_back(place);
    pids_.push_back(table_.at(place).pid);
  }
  if (pids_.empty()) return;
  counter_->ask(pids_, answers_);
  for (std::size_t i = 0; i < places_.size(); ++i) take(table_.at(places_[i]), answers_[i]);
}

void SwitchSampler::take(Process& process, const std::optional<kernel::Switches>& answer) {
  if (!answer) {
    // Of a zombie, and of one that never ran, there is nothing to tell; others are asked again.
    process.switches_due = process.state != 'Z' && process.last.cpu_ns() != 0;
    return;
  }
  process.switches_due = false;
  process.has_work = true;
  // An answer may be too high for a moment: the next ones reach the highest so far by themselves.
  Totals now = process.last;
  now.voluntary_switches = std::max(now.voluntary_switches, answer->voluntary);
  now.involuntary_switches = std::max(now.involuntary_switches, answer->involuntary);
  // What it did before it was first asked for is history, as of all that is older than we are.
  if (!process.switches_known && !process.counts_whole_life) {
    copy(kSwitchTotals, now, process.last);
  }
  process.switches_known = true;
  advance(process.last, process.pending, now, kSwitchTotals);
}

// They are left to nobody who waits: the message alone has them, and it has them all.
void credit_switches(DeathFinder& deaths, const std::vector<bool>& kept_exits,
                     const std::vector<GroupId>& groups, Books& books) {
  const auto& exits = deaths.exits();
  const auto credit = [&books](GroupId group, const Totals& before, const ProcessExit& exit) {
    Totals work;
    work.voluntary_switches = growth(before.voluntary_switches, exit.voluntary_switches);
    work.involuntary_switches = growth(before.involuntary_switches, exit.involuntary_switches);
    books.credit(group, work);
  };
  for (const auto& dead : deaths.dead()) {
    if (dead.exit == kNoExit || kept_exits[dead.exit]) continue;
    const auto& process = dead.process;
    // One that was never asked may be older than we are.
    if (!process.switches_known && !process.counts_whole_life) continue;
    credit(process.group, process.last, exits[dead.exit]);
  }
  for (std::size_t i = 0; i < exits.size(); ++i) {
    if (!deaths.was_known(i) && !kept_exits[i]) credit(groups[i], {}, exits[i]);
  }
}

}  // namespace proctally::accounting
