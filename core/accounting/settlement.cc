#include "core/accounting/settlement.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

#include "core/accounting/dead_work.h"
#include "core/accounting/share_out.h"
#include "core/accounting/shares.h"
#include "core/accounting/switch_sampler.h"

namespace proctally::accounting {

using kernel::ProcessExit;

void Settlement::run(std::uint64_t ns_per_tick) {
  reapers_.clear();
  for (const auto pid : deaths_.reapers()) {
    if (auto* process = table_.find(pid)) {
      reapers_.emplace_back(*process, !deaths_.is_unread(pid), ns_per_tick);
    }
  }
  settled_dead_.assign(deaths_.dead().size(), false);
  kept_dead_.assign(deaths_.dead().size(), false);
  kept_exits_.assign(deaths_.exits().size(), false);
  close_dead();
  name_exits();
  // What is certain comes first.
  enter_debts(Certainty::parent);
  claim_for_exits(true);
  enter_debts(Certainty::ancestor);
  enter_debts(Certainty::anybody);
  claim_for_exits(false);
  for (auto& reaper : reapers_) share_out(reaper, sampler_, books_);
  credit_switches(deaths_, kept_exits_, exit_groups_, books_);
  deaths_.keep_only(kept_dead_, kept_exits_);
}

Reaper* Settlement::find(pid_t reaper) {
  const auto found = std::ranges::lower_bound(reapers_, reaper, {}, &Reaper::pid);
  return found == reapers_.end() || found->pid() != reaper ? nullptr : &*found;
}

// --- whose it is

void Settlement::close_dead() {
  for (auto& [process, exit, is_closed] : deaths_.dead()) {
    if (is_closed) continue;
    is_closed = true;
    assigner_.decide_now(process);
    books_.credit(process);
    // It may have become another program after it was read.
    if (exit != kNoExit && !process.is_kernel_thread &&
        deaths_.exits()[exit].name() != process.comm) {
      const auto group = assigner_.name_exit(deaths_.exits()[exit], false, process.ppid);
      if (group) process.group = *group;
    }
    if (process.group == kNoGroup) continue;
    accounts_.keep(process.group);
    ++accounts_.at(process.group).counters.exited;
  }
}

void Settlement::name_exits() {
  const auto& exits = deaths_.exits();
  exit_groups_.assign(exits.size(), kNoGroup);
  for (const auto& dead : deaths_.dead()) {
    if (dead.exit != kNoExit) exit_groups_[dead.exit] = dead.process.group;
  }
  // Parents before children: who ends as a child of the dead ended before.
  for (auto i = exits.size(); i-- > 0;) {
    if (deaths_.was_known(i)) continue;
    const auto member = deaths_.lineage().member_of_exit(i);
    const auto* parent = deaths_.lineage().find_living_parent(member);
    const bool is_kernel_thread =
        parent != nullptr && parent->is_kernel_thread && exits[i].exe_inode == 0;
    const auto group = assigner_.name_exit(exits[i], is_kernel_thread, exits[i].ppid);
    exit_groups_[i] = group ? *group : group_of_parent(member);
    if (!group && exit_groups_[i] == kNoGroup) {
      exit_groups_[i] = assigner_.name_orphaned_exit(exits[i], is_kernel_thread, exits[i].ppid);
    }
    for (const auto sample : {exits[i].sampled_user_ns, exits[i].sampled_system_ns}) {
      if (sample > 0) sample_ns_ = std::min(sample_ns_, sample);
    }
  }
}

GroupId Settlement::group_of_parent(const Lineage::Member& member) const {
  if (!assigner_.inherits()) return kNoGroup;
  const auto& lineage = deaths_.lineage();
  if (const auto* parent = lineage.find_living_parent(member)) return parent->group;
  const auto* parent = lineage.find_dead_parent(member);
  if (parent == nullptr) return kNoGroup;
  if (parent->exit != kNoExit) return exit_groups_[parent->exit];
  const auto dead = std::ranges::find(deaths_.dead(), parent->pid,
                                      [](const Dead& one) { return one.process.pid; });
  return dead == deaths_.dead().end() ? kNoGroup : dead->process.group;
}

// --- what is on the books already

void Settlement::enter_debts(Certainty certainty) {
  std::vector<std::pair<std::uint64_t, std::size_t>> by_faults;
  for (std::size_t i = 0; i < deaths_.dead().size(); ++i) {
    if (settled_dead_[i]) continue;
    const bool is_direct =
        deaths_.lineage().has_waiting_parent(deaths_.lineage().member_of_dead(i));
    if (is_direct != (certainty == Certainty::parent)) continue;
    by_faults.emplace_back(debt_of(deaths_.dead()[i].process).minor_faults, i);
  }
  // The largest first: where it fits, fewer are left to be mistaken for it.
  std::ranges::sort(by_faults, std::greater());
  for (const auto& [faults, place] : by_faults) {
    enter_debt(place, deaths_.lineage().member_of_dead(place), certainty);
  }
}

void Settlement::enter_debt(std::size_t place, const Lineage::Member& member, Certainty certainty) {
  const auto& [process, exit, is_closed] = deaths_.dead()[place];
  const auto* message = exit == kNoExit ? nullptr : &deaths_.exits()[exit];
  const auto work = message == nullptr ? Totals{} : work_since(process, *message);
  const auto candidates = find_candidates(member, certainty);
  if (auto* reaper = pay(candidates, debt_of(process), work, certainty == Certainty::parent)) {
    settled_dead_[place] = true;
    // Without a message, who worked much is likely to have gone on.
    reaper->add({.group = process.group,
                 .work = work,
                 .certain_ns = work.cpu_ns(),
                 .missing_ns = message == nullptr ? 0 : missing_ns_of(*message, sample_ns_),
                 .guess_ns = process.last.cpu_ns() + 1});
  } else if (certainty == Certainty::ancestor) {
    return;  // Anybody else comes first.
  } else if (!std::ranges::all_of(candidates, &Reaper::is_read)) {
    settled_dead_[place] = true;
    kept_dead_[place] = true;
    if (message != nullptr) kept_exits_[exit] = true;
    if (process.group != kNoGroup) accounts_.keep(process.group);
  } else if (message != nullptr) {
    // Nobody waited for it (SIGCHLD ignored): what the message says is all there is.
    books_.credit(process.group, work);
  }
}

// Who may have waited for it, the likeliest first.
std::vector<Reaper*> Settlement::find_candidates(const Lineage::Member& member,
                                                 Certainty certainty) {
  std::vector<Reaper*> candidates;
  const auto* process = deaths_.lineage().find_reaper(member);
  for (int up = 0; process != nullptr && up < Lineage::kMaxGenerations; ++up) {
    if (auto* reaper = find(process->pid)) candidates.push_back(reaper);
    if (certainty == Certainty::parent) return candidates;
    process = deaths_.lineage().find_parent(*process);
  }
  if (certainty == Certainty::ancestor) return candidates;
  const auto ancestors = static_cast<std::ptrdiff_t>(candidates.size());
  for (auto& reaper : reapers_) {
    const bool is_possible = reaper.has_grown() || !reaper.is_read();
    const auto ancestors_end = candidates.begin() + ancestors;
    if (is_possible && std::find(candidates.begin(), ancestors_end, &reaper) == ancestors_end) {
      candidates.push_back(&reaper);
    }
  }
  return candidates;
}

// Takes a debt off what was received by those who may have waited for the dead. Returns the one who
// did, most likely; null where nobody can have.
Reaper* Settlement::pay(const std::vector<Reaper*>& candidates, const Totals& debt,
                        const Totals& work, bool is_direct) {
  const auto faults = debt.minor_faults + work.minor_faults;
  const auto fits = [&](const Reaper* candidate) {
    return candidate->has_received(debt) &&
           (is_direct || (candidate->has_received_io(debt) && candidate->has_room(faults)));
  };
  // Who got exactly that, else the nearest.
  auto found = std::ranges::find_if(candidates, [&](const Reaper* candidate) {
    return fits(candidate) && candidate->has_just(faults);
  });
  if (found == candidates.end()) found = std::ranges::find_if(candidates, fits);
  if (found != candidates.end()) {
    (*found)->pay(debt);
    return *found;
  }
  return is_direct ? nullptr : pay_together(candidates, debt, faults);
}

// Of several that are unclear each may have got another's place: then all have it together.
Reaper* Settlement::pay_together(const std::vector<Reaper*>& candidates, const Totals& debt,
                                 std::uint64_t faults) {
  Totals sum;
  for (const auto* candidate : candidates) {
    add(sum, candidate->received());
    for (const auto& claim : candidate->claims()) faults += claim.work.minor_faults;
  }
  if (sum.minor_faults < faults || sum.major_faults < debt.major_faults) return nullptr;
  // In one sum: user and system time may be split otherwise in each.
  auto rest = debt;
  rest.user_ns = debt.cpu_ns();
  rest.system_ns = 0;
  if (sum.cpu_ns() < rest.user_ns) return nullptr;
  Reaper* first = nullptr;
  for (auto* candidate : candidates) {
    auto part = candidate->received();
    part.user_ns = part.cpu_ns();
    part.system_ns = 0;
    for_each_total([&](auto member) { part.*member = std::min(part.*member, rest.*member); });
    if (part == Totals{}) continue;
    candidate->pay(part);
    subtract(rest, part);
    if (first == nullptr) first = candidate;
  }
  return first;
}

void Settlement::claim_for_exits(bool of_direct_children) {
  const auto& exits = deaths_.exits();
  for (std::size_t i = 0; i < exits.size(); ++i) {
    if (deaths_.was_known(i)) continue;
    const auto member = deaths_.lineage().member_of_exit(i);
    if (deaths_.lineage().has_waiting_parent(member) != of_direct_children) continue;
    const auto work = work_of(exits[i]);
    const auto* process = deaths_.lineage().find_reaper(member);
    // That nothing came to its reaper proves that nobody waited only of what would have come; of a
    // life without faults it is a tick of CPU, sooner or later. Nobody waits for kernel threads.
    const bool is_proof =
        process != nullptr && (work.minor_faults > 0 || process->is_kernel_thread);
    Reaper* reaper = nullptr;
    for (int up = 0; process != nullptr && up < Lineage::kMaxGenerations; ++up) {
      reaper = find(process->pid);
      const bool was_waited_for = reaper != nullptr && reaper->has_grown() &&
                                  (of_direct_children || reaper->has_room(work.minor_faults));
      if (was_waited_for || (reaper != nullptr && !reaper->is_read())) break;
      reaper = nullptr;
      process = of_direct_children ? nullptr : deaths_.lineage().find_parent(*process);
    }
    if (reaper != nullptr && !reaper->is_read()) {
      kept_exits_[i] = true;
      continue;
    }
    const auto group = exit_groups_[i];
    if (group != kNoGroup) {
      accounts_.keep(group);
      ++accounts_.at(group).counters.started;
      ++accounts_.at(group).counters.exited;
    }
    if (reaper != nullptr) {
      reaper->add({.group = group,
                   .work = work,
                   .certain_ns = exits[i].run_ns,
                   .missing_ns = missing_ns_of(exits[i], sample_ns_),
                   .guess_ns = 1});
    } else if (is_proof) {
      credit_unwaited(group, exits[i]);
    }
  }
}

void Settlement::credit_unwaited(GroupId group, const ProcessExit& exit) {
  auto work = work_of(exit);
  auto& unwaited = group == kNoGroup ? ungrouped_unwaited_ : accounts_.at(group).unwaited;
  std::vector<std::uint64_t> parts;
  share(unwaited.take(exit, sample_ns_), {work.user_ns, work.system_ns}, parts);
  work.user_ns = parts[0];
  work.system_ns = parts[1];
  books_.credit(group, work);
}

}  // namespace proctally::accounting
