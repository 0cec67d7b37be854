#include "core/accounting/group_accounts.h"

#include <algorithm>

#include "core/naming/group_label.h"

namespace proctally::accounting {

void GroupAccounts::set_limits(std::size_t max_groups, std::int64_t ttl_ns) {
  max_groups_ = max_groups;
  ttl_ns_ = ttl_ns;
}

void GroupAccounts::configure(const std::vector<std::string>& labels) {
  for (auto& account : accounts_) account.is_configured = false;
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

void GroupAccounts::begin_scan(std::int64_t now_ns) {
  now_ns_ = now_ns;
  for (auto& account : accounts_) {
    account.usage_user_ns = 0;
    account.usage_system_ns = 0;
    account.gauges = {};
  }
}

void GroupAccounts::expire() {
  for (auto entry = ids_.begin(); entry != ids_.end();) {
    auto& account = accounts_[entry->second];
    if (account.gauges.processes > 0 || account.is_configured) account.last_member_ns = now_ns_;
    const bool is_over = now_ns_ - account.last_member_ns > ttl_ns_;
    if (is_over) free_ids_.push_back(entry->second);
    entry = is_over ? ids_.erase(entry) : std::next(entry);
  }
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
  gauges.vms_bytes += process.vms_bytes;
  gauges.swap_bytes += process.swap_bytes;
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

}  // namespace proctally::accounting
