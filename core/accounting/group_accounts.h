#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/accounting/process.h"
#include "core/accounting/thread_accounts.h"
#include "core/accounting/totals.h"
#include "core/accounting/unwaited.h"

namespace proctally::accounting {

/// Nothing had to be read: no member has memory.
inline constexpr std::int64_t kNoPss = std::numeric_limits<std::int64_t>::max();

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
  std::uint64_t most_rss_bytes = 0;  ///< Of one process.
  std::uint64_t vms_bytes = 0;
  std::uint64_t swap_bytes = 0;
  std::uint64_t pss_bytes = 0;
  std::uint64_t swap_pss_bytes = 0;
  std::int64_t oldest_pss_ns = kNoPss;  ///< Monotonic time of the oldest reading in both.
  std::uint64_t fds = 0;
  double worst_fd_ratio = 0;
  bool has_fd_ratio = false;
  bool misses_io = false;   ///< A member's I/O may not be read: the sum is not known.
  bool misses_fds = false;  ///< The same of its descriptors.
  bool misses_pss = false;  ///< A member's PSS is not known.
  std::uint64_t oldest_starttime_ticks = 0;
};

/// Adds the gauges of another group.
void merge(GroupGauges& sum, const GroupGauges& other);

/// What of an account only ever grows.
struct Counters {
  Totals totals;
  std::uint64_t started = 0;
  std::uint64_t exited = 0;
  friend bool operator==(const Counters&, const Counters&) = default;
};
void add(Counters& sum, const Counters& delta);
void subtract(Counters& sum, const Counters& delta);

/// The CPU time that was used since the last scan.
struct Usage {
  double user_ns = 0;
  double system_ns = 0;
  double most_ns = 0;  ///< Of one process.
};

/// One group's running totals. They only grow; what a member did stays when it leaves or dies.
struct Account {
  std::string label;
  bool is_configured = false;  ///< Its name is constant in the settings: published when empty too.
  Counters counters;
  Counters published;      ///< The part of them that is published as this group's, and
  Counters folded;         ///< that which became a part of `_other`'s: see TopGroups.
  bool is_folded = false;  ///< In this scan.
  double activity_ns = 0;  ///< CPU time of the last minutes, the older the less of it.
  Usage usage;
  Unwaited unwaited;
  GroupGauges gauges;
  bool reads_threads = false;  ///< An item of the settings that named a member asks for it.
  std::unique_ptr<ThreadAccounts> threads;  ///< Never null while reads_threads.
  std::int64_t last_member_ns = 0;          ///< Monotonic.
};

/// Whether groups without members are published.
enum class EmptyGroups : std::uint8_t { published, hidden };

/// All groups: found by label, walked through in the order of labels, bounded in number. An id
/// stays valid while the group has members, and for `ttl_ns` after its last one.
class GroupAccounts {
 public:
  void set_limits(std::size_t max_groups, std::int64_t ttl_ns, EmptyGroups empty_groups);
  /// Makes these groups, and no others, the ones that exist even when they are empty. Which groups
  /// want their threads read is asked anew.
  void configure(const std::vector<std::string>& labels);

  /// The group of that label, made where it is new; naming::kOtherLabel's where there are too many.
  GroupId find_or_create(std::string_view label);

  [[nodiscard]] Account& at(GroupId id) { return accounts_[id]; }
  [[nodiscard]] const Account& at(GroupId id) const { return accounts_[id]; }

  /// From now on, until configure(), the threads of that group are read. Not of
  /// naming::kOtherLabel's: nobody asked for all that is in there.
  void read_threads(GroupId id);

  /// Counts as if it had a member in this scan: somebody works for it, or will.
  void keep(GroupId id) { accounts_[id].last_member_ns = now_ns_; }

  /// Sets everything that belongs to one scan to zero. Monotonic time.
  void begin_scan(std::int64_t now_ns);
  /// Forgets the groups whose last member is gone for too long.
  void expire();

  /// Calls `visit(account)` for every group that is to be published, sorted by label.
  template <typename Visit>
  void for_each_published(Visit visit) const {
    for (const auto& [label, id] : ids_) {
      const auto& account = accounts_[id];
      const bool is_hidden = empty_groups_ == EmptyGroups::hidden && !is_alive(account);
      if (!is_hidden && !account.is_folded) visit(account);
    }
  }
  /// Calls `visit(account)` for every group, sorted by label.
  template <typename Visit>
  void for_each(Visit visit) {
    for (const auto& [label, id] : ids_) visit(accounts_[id]);
  }
  [[nodiscard]] std::size_t size() const { return ids_.size(); }
  /// The processes that were put into naming::kOtherLabel so far.
  [[nodiscard]] std::uint64_t folded() const { return folded_; }
  /// Whether a group has that id.
  [[nodiscard]] bool has(GroupId id) const;

  /// What a state keeps of it (core/state_archive.h).
  template <typename Archive, typename Self>
  static void transfer(Archive& archive, Self& self) {
    archive(self.accounts_, self.free_ids_, self.folded_);
    if constexpr (Archive::kReads) archive.require(self.find_ids(), "its groups contradict");
  }

 private:
  /// Finds the ids of all labels anew. False where two groups have one, or an id is none.
  [[nodiscard]] bool find_ids();
  GroupId create(std::string_view label);
  /// Whether it has a member, or somebody worked for it in this scan.
  [[nodiscard]] bool is_alive(const Account& account) const {
    return account.gauges.processes > 0 || account.last_member_ns == now_ns_;
  }

  std::size_t max_groups_ = 1000;
  std::int64_t ttl_ns_ = 0;
  EmptyGroups empty_groups_ = EmptyGroups::published;
  std::int64_t now_ns_ = 0;
  std::vector<Account> accounts_;
  std::vector<GroupId> free_ids_;
  std::map<std::string, GroupId, std::less<>> ids_;
  std::uint64_t folded_ = 0;
};

/// Adds what `process` is at this moment to its group's gauges.
void add_member(GroupGauges& gauges, const Process& process);

}  // namespace proctally::accounting
