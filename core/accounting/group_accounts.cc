#include "core/accounting/group_accounts.h"

#include <algorithm>

#include "core/naming/group_label.h"

namespace proctally::accounting {
namespace {

void add_pss(GroupGauges& gauges, const Process& process) {
  if (!has_memory(process)) return;
  if (!process.pss || process.pss->state != PssState::known) {
    gauges.misses_pss = true;
    return;
  }
  gauges.pss_bytes += process.pss->pss_bytes;
  gauges.swap_pss_bytes += process.pss->swap_pss_bytes;
  gauges.oldest_pss_ns = std::min(gauges.oldest_pss_ns, process.pss->read_ns);
}

}  // namespace

void GroupAccounts::set_limits(std::size_t max_groups, std::int64_t ttl_ns,
                               EmptyGroups empty_groups) {
  max_groups_ = max_groups;
  ttl_ns_ = ttl_ns;
  empty_groups_ = empty_groups;
}

void add(Counters& sum, const Counters& delta) {
  add(sum.totals, delta.totals);
  sum.started += delta.started;
  sum.exited += delta.exited;
}

void subtract(Counters& sum, const Counters& delta) {
  subtract(sum.totals, delta.totals);
  sum.started -= delta.started;
  sum.exited -= delta.exited;
}

void GroupAccounts::configure(const std::vector<std::string>& labels) {
  for (auto& account : accounts_) {
    account.is_configured = false;
    account.reads_threads = false;
  }
  for (const auto& label : labels) {
    const auto found = ids_.find(label);
    accounts_[found == ids_.end() ? create(label) : found->second].is_configured = true;
  }
}

GroupId GroupAccounts::create(std::string_view label) {
  GroupId id{};
  if (free_ids_.empty()) {
    id = static_cast<GroupId>(accounts_.size());
    accounts_.emplace_back();
  } else {
    id = free_ids_.back();
    free_ids_.pop_back();
    accounts_[id] = Account{};
  }
  accounts_[id].label = label;
  accounts_[id].last_member_ns = now_ns_;
  ids_.emplace(label, id);
  return id;
}

GroupId GroupAccounts::find_or_create(std::string_view label) {
  if (const auto found = ids_.find(label); found != ids_.end()) return found->second;
  if (ids_.size() < max_groups_ || label == naming::kOtherLabel) return create(label);
  ++folded_;
  return find_or_create(naming::kOtherLabel);
}

void GroupAccounts::read_threads(GroupId id) {
  auto& account = accounts_[id];
  if (account.reads_threads || account.label == naming::kOtherLabel) return;
  account.reads_threads = true;
  if (!account.threads) account.threads = std::make_unique<ThreadAccounts>();
  account.threads->start(account.counters.totals);
}

void GroupAccounts::begin_scan(std::int64_t now_ns) {
  now_ns_ = now_ns;
  for (auto& account : accounts_) {
    account.usage = {};
    account.gauges = {};
    if (account.threads) account.threads->begin_scan();
  }
}

void GroupAccounts::expire() {
  for (auto entry = ids_.begin(); entry != ids_.end();) {
    auto& account = accounts_[entry->second];
    if (account.gauges.processes > 0) account.last_member_ns = now_ns_;
    const bool is_over = !account.is_configured && now_ns_ - account.last_member_ns > ttl_ns_;
    if (is_over) {
      free_ids_.push_back(entry->second);
      account.threads.reset();
    } else if (account.threads) {
      account.threads->expire(now_ns_, ttl_ns_);
    }
    entry = is_over ? ids_.erase(entry) : std::next(entry);
  }
}

bool GroupAccounts::has(GroupId id) const {
  if (id >= accounts_.size()) return false;
  const auto found = ids_.find(accounts_[id].label);
  return found != ids_.end() && found->second == id;
}

bool GroupAccounts::find_ids() {
  std::vector<bool> is_free(accounts_.size(), false);
  for (const auto id : free_ids_) {
    if (id >= is_free.size() || is_free[id]) return false;
    is_free[id] = true;
  }
  ids_.clear();
  for (GroupId id = 0; id < accounts_.size(); ++id) {
    if (!is_free[id] && !ids_.emplace(accounts_[id].label, id).second) return false;
  }
  return true;
}

void add_member(GroupGauges& gauges, const Process& process) {
  ++gauges.processes;
  gauges.threads += process.num_threads;
  switch (process.state) {
    case 'R':
      ++gauges.running;
      break;
    case 'S':
      ++gauges.sleeping;
      break;
    case 'D':
      ++gauges.blocked;
      break;
    case 'Z':
      ++gauges.zombie;
      break;
    default:
      ++gauges.other;
      break;
  }
  gauges.rss_bytes += process.rss_bytes;
  gauges.most_rss_bytes = std::max(gauges.most_rss_bytes, process.rss_bytes);
  gauges.vms_bytes += process.vms_bytes;
  gauges.swap_bytes += process.swap_bytes;
  add_pss(gauges, process);
  gauges.fds += process.num_fds;
  if (process.fds_known == Known::yes && process.fd_limit_known == Known::yes &&
      process.fd_limit > 0) {
    const auto ratio = static_cast<double>(process.num_fds) / static_cast<double>(process.fd_limit);
    gauges.worst_fd_ratio = std::max(gauges.worst_fd_ratio, ratio);
    gauges.has_fd_ratio = true;
  }
  gauges.misses_io |= process.io_known == Known::denied;
  gauges.misses_fds |= process.fds_known == Known::denied;
  if (gauges.processes == 1 || process.starttime_ticks < gauges.oldest_starttime_ticks) {
    gauges.oldest_starttime_ticks = process.starttime_ticks;
  }
}

void merge(GroupGauges& sum, const GroupGauges& other) {
  if (other.processes == 0) return;
  if (sum.processes == 0 || other.oldest_starttime_ticks < sum.oldest_starttime_ticks) {
    sum.oldest_starttime_ticks = other.oldest_starttime_ticks;
  }
  sum.processes += other.processes;
  sum.threads += other.threads;
  sum.running += other.running;
  sum.sleeping += other.sleeping;
  sum.blocked += other.blocked;
  sum.zombie += other.zombie;
  sum.other += other.other;
  sum.rss_bytes += other.rss_bytes;
  sum.most_rss_bytes = std::max(sum.most_rss_bytes, other.most_rss_bytes);
  sum.vms_bytes += other.vms_bytes;
  sum.swap_bytes += other.swap_bytes;
  sum.pss_bytes += other.pss_bytes;
  sum.swap_pss_bytes += other.swap_pss_bytes;
  sum.oldest_pss_ns = std::min(sum.oldest_pss_ns, other.oldest_pss_ns);
  sum.fds += other.fds;
  sum.worst_fd_ratio = std::max(sum.worst_fd_ratio, other.worst_fd_ratio);
  sum.has_fd_ratio |= other.has_fd_ratio;
  sum.misses_io |= other.misses_io;
  sum.misses_fds |= other.misses_fds;
  sum.misses_pss |= other.misses_pss;
}

}  // namespace proctally::accounting
