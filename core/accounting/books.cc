#include "core/accounting/books.h"

#include <algorithm>

namespace proctally::accounting {

void Books::begin_scan(std::optional<std::int64_t> previous_ns, std::int64_t now_ns) {
  previous_ns_ = previous_ns;
  now_ns_ = now_ns;
}

Usage Books::enter(GroupId group, const Totals& work, double share_of_now) {
  (group == kNoGroup ? ungrouped_ns_ : grouped_ns_) += work.cpu_ns();
  const Usage usage{.user_ns = share_of_now * static_cast<double>(work.user_ns),
                    .system_ns = share_of_now * static_cast<double>(work.system_ns)};
  if (group == kNoGroup) return usage;
  auto& account = accounts_.at(group);
  accounts_.keep(group);  // Also where no scan ever catches a member alive.
  add(account.counters.totals, work);
  account.usage.user_ns += usage.user_ns;
  account.usage.system_ns += usage.system_ns;
  return usage;
}

void Books::credit(GroupId group, const Totals& work) { enter(group, work, 1.0); }

void Books::credit(Process& process) {
  if (process.naming != NamingState::named) {
    if (process.has_work && process.pending_since_ns == 0 && previous_ns_) {
      process.pending_since_ns = *previous_ns_;
    }
    return;
  }
  if (!process.has_work && !process.birth_pending) return;

  if (previous_ns_ && !process.pending_is_history) {
    // Of work that piled up over several scans, only this scan's share counts as usage now.
    const bool piled_up = process.pending_since_ns != 0 && process.pending_since_ns < now_ns_;
    const auto share = piled_up ? static_cast<double>(now_ns_ - *previous_ns_) /
                                      static_cast<double>(now_ns_ - process.pending_since_ns)
                                : 1.0;
    const auto usage = enter(process.group, process.pending, share);
    if (process.group != kNoGroup) {
      auto& most_ns = accounts_.at(process.group).usage.most_ns;
      most_ns = std::max(most_ns, usage.user_ns + usage.system_ns);
    }
  } else if (process.group != kNoGroup) {
    add(accounts_.at(process.group).counters.totals, process.pending);
  }
  if (process.birth_pending && process.group != kNoGroup) {
    ++accounts_.at(process.group).counters.started;
  }
  process.pending = {};
  process.has_work = false;
  process.pending_is_history = false;
  process.birth_pending = false;
  process.pending_since_ns = 0;
}

void Books::close(std::optional<std::uint64_t> host_busy_ns, SelfValues& self) {
  self[SelfMetric::cpu_grouped_seconds] = Value::seconds(grouped_ns_);
  self[SelfMetric::cpu_ungrouped_seconds] = Value::seconds(ungrouped_ns_);
  if (host_busy_ns) {
    if (!host_baseline_ns_) host_baseline_ns_ = *host_busy_ns;
    host_ns_ = std::max(host_ns_, growth(*host_baseline_ns_, *host_busy_ns));
    // The kernel samples the host's figure by ticks, so it may lag behind the sum of the others.
    unattributed_ns_ = std::max(unattributed_ns_, growth(grouped_ns_ + ungrouped_ns_, host_ns_));
  }
  if (!host_baseline_ns_) return;
  self[SelfMetric::cpu_host_seconds] = Value::seconds(host_ns_);
  self[SelfMetric::cpu_unattributed_seconds] = Value::seconds(unattributed_ns_);
}

}  // namespace proctally::accounting
