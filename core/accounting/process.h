#pragma once

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "core/accounting/totals.h"
#include "core/procfs/proc_reader.h"

namespace proctally::accounting {

/// A group's place in GroupAccounts, while it exists.
using GroupId = std::uint32_t;
/// In no group: no rule matches, or one excludes.
inline constexpr GroupId kNoGroup = std::numeric_limits<GroupId>::max();

enum class NamingState : std::uint8_t {
  due,      ///< To be named in this scan.
  waiting,  ///< A slow reader was asked. Its work is kept back meanwhile.
  named,
};

/// Where a process's group comes from: what --explain tells.
enum class GroupSource : std::uint8_t { none, rule, excluded, parent };

/// A clock that no process has: whatever it shows, the process is read again.
inline constexpr std::uint64_t kNoClock = std::numeric_limits<std::uint64_t>::max();

/// What is known of a value that needs a privilege.
enum class Known : std::uint8_t {
  no,      ///< Never read so far.
  denied,  ///< Never read, because we may not: the group's sum is unknown too.
  yes,
};

/// What a process's children left to it when it waited for them. Only of one that ever did.
struct Reaped {
  /// CPU and faults: cutime, cstime, cminflt and cmajflt as last read. I/O: the part of the
  /// process's own figures that is its children's, as far as it was settled.
  Totals seen;
  /// How far that grew beyond what is on the books. Negative where the dead had been seen to use
  /// more than whole ticks show, and for I/O that is on the books twice until it grows again.
  Totals open;
  /// So much of open's CPU stays there: of one that had waited before it was first seen, the ticks
  /// then shown may have lacked that, and it is not new.
  std::uint64_t withheld_ns = 0;
  bool io_known = false;  ///< seen's part of I/O is right.
};

/// Whether something was left to it that is on no account.
[[nodiscard]] inline bool has_grown(const std::unique_ptr<Reaped>& reaped) {
  return reaped != nullptr &&
         (signed_of(reaped->open.minor_faults) > 0 || signed_of(reaped->open.major_faults) > 0 ||
          positive_part(reaped->open.cpu_ns()) > reaped->withheld_ns);
}

enum class PssState : std::uint8_t {
  unread,
  known,
  unreadable,  ///< We may not, or it failed.
  slow,        ///< It is, or was, too large to be read in time.
};

/// What smaps_rollup told of a process, and when it may be asked again; see PssSampler.
struct PssRecord {
  PssState state = PssState::unread;
  std::uint64_t pss_bytes = 0;  ///< The next five only where it is known.
  std::uint64_t swap_pss_bytes = 0;
  std::uint64_t size_bytes = 0;  ///< Resident and swapped out, when it was read.
  std::int64_t read_ns = 0;      ///< Monotonic.
  std::int64_t took_ns = 0;
  std::int64_t not_before_ns = 0;  ///< Monotonic.
  std::int64_t backoff_ns = 0;
};

/// All that is remembered of one process between scans. Plain data of the process table.
struct Process {
  pid_t pid = 0;
  pid_t ppid = 0;
  std::uint64_t starttime_ticks = 0;
  std::string comm;
  bool is_kernel_thread = false;

  std::uint64_t clock_ns = 0;  ///< The clock as of the last complete reading; route process_clock.
  Totals last;                 ///< The last figures of the kernel.
  Totals pending;              ///< Work that is on no account yet.
  /// The monotonic time since which `pending` piles up, where that is longer than a scan; else 0.
  std::int64_t pending_since_ns = 0;
  bool has_work = false;            ///< Something is pending.
  bool pending_is_history = false;  ///< It was done before the first scan: no usage of now.
  bool birth_pending = false;       ///< Born under our eyes and not yet counted as started.

  char state = '?';
  bool leader_ended = false;  ///< The main thread has exited, others go on: `state` is of those.
  bool is_bereft = false;     ///< Ended, and its children known to be somebody else's.
  std::uint64_t num_threads = 0;
  std::uint64_t rss_bytes = 0;
  std::uint64_t vms_bytes = 0;
  std::uint64_t swap_bytes = 0;
  std::uint64_t num_fds = 0;
  std::uint64_t fd_limit = 0;
  Known fd_limit_known = Known::no;
  Known fds_known = Known::no;
  Known io_known = Known::no;
  bool switches_known = false;
  bool switches_due = false;       ///< It ran since its context switches were last asked for.
  bool counts_whole_life = false;  ///< Nothing of its past is baseline.
  std::unique_ptr<Reaped> reaped;  ///< Null: it never waited for a child.
  std::unique_ptr<PssRecord> pss;  ///< Null: nobody asked for it.

  NamingState naming = NamingState::due;
  GroupSource source = GroupSource::none;
  std::uint8_t scans_waited = 0;
  bool ran_since_named = false;  ///< Who changes its own command line has to run for that.
  bool is_recheck = false;  ///< Named again only to be sure: what cannot be read changes nothing.
  GroupId group = kNoGroup;
  std::uint32_t rule = 0;  ///< Of source rule and excluded.

  std::uint16_t idle_scans = 1;  ///< Scans since it was last read; 0: in this one.
  procfs::KeptFiles kept;
};

/// Zombies have none, and what kernel threads use is nobody's.
[[nodiscard]] inline bool has_memory(const Process& process) {
  return !process.is_kernel_thread && (process.state != 'Z' || process.leader_ended);
}

}  // namespace proctally::accounting
