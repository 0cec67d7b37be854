#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/accounting/process.h"
#include "core/accounting/totals.h"
#include "core/accounting/unwaited.h"

namespace proctally::accounting {

/// What the members of a group add up to at one moment; made anew in each scan, so that it cannot
/// drift.
struct GroupGauges {
  std::uint64_t processes = 0;
  std::uint64_t threads = 0;
  std::uint64_t running = 0;
  std::uint64_t sleeping = 0;
  std::uint64_t blocked = 0;
  std::uint64_t zombie = 0;
  std::uint64_t other = 0;
  std::uint64_t rss_bytes = 0;
  std::uint64_t vms_bytes = 0;
  std::uint64_t swap_bytes = 0;
  std::uint64_t fds = 0;
  double worst_fd_ratio = 0;
  bool has_fd_ratio = false;
  bool misses_io = false;   ///< A member's I/O may not be read: the sum is not known.
  bool misses_fds = false;  ///< The same of its descriptors.
  std::uint64_t oldest_starttime_ticks = 0;
};

/// One group's running totals. They only grow; what a member did stays when it leaves or dies.
struct Account {
  std::string label;
  bool is_configured = false;  ///< Its name is constant in the settings: published when empty too.
  Totals totals;
  std::uint64_t started = 0;
  std::uint64_t exited = 0;
  double usage_user_ns = 0;  ///< Of the CPU time, what was used since the last scan.
  double usage_system_ns = 0;
  Unwaited unwaited;
  GroupGauges gauges;
  std::int64_t last_member_ns = 0;  ///< Monotonic.
};

/// All groups: found by label, walked through in the order of labels, bounded in number. An id
/// stays valid while the group has members, and for `ttl_ns` after its last one.
class GroupAccounts {
 public:
  void set_limits(std::size_t max_groups, std::int64_t ttl_ns);
  /// Makes these groups, and no others, the ones that exist even when they are empty.
  void configure(const std::vector<std::string>& labels);

  /// The group of that label, made where it is new; naming::kOtherLabel's where there are too many.
  GroupId find_or_create(std::string_view label);

  [[nodiscard]] Account& at(GroupId id) { return accounts_[id]; }
  [[nodiscard]] const Account& at(GroupId id) const { return accounts_[id]; }

  /// Counts as if it had a member in this scan: somebody works for it, or will.
  void keep(GroupId id) { accounts_[id].last_member_ns = now_ns_; }

  /// Sets everything that belongs to one scan to zero. Monotonic time.
  void begin_scan(std::int64_t now_ns);
  /// Forgets the groups whose last member is gone for too long.
  void expire();

  /// Calls `visit(account)` for every group, sorted by label.
  template <typename Visit>
  void for_each_sorted(Visit visit) const {
    for (const auto& [label, id] : ids_) visit(accounts_[id]);
  }
  [[nodiscard]] std::size_t size() const { return ids_.size(); }
  /// The processes that were put into naming::kOtherLabel so far.
  [[nodiscard]] std::uint64_t folded() const { return folded_; }

 private:
  GroupId create(std::string_view label);

  std::size_t max_groups_ = 1000;
  std::int64_t ttl_ns_ = 0;
  std::int64_t now_ns_ = 0;
  std::vector<Account> accounts_;
  std::vector<GroupId> free_ids_;
  std::map<std::string, GroupId, std::less<>> ids_;
  std::uint64_t folded_ = 0;
};

/// Adds what `process` is at this moment to its group's gauges.
void add_member(GroupGauges& gauges, const Process& process);

}  // namespace proctally::accounting
