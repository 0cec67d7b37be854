#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctally::procfs {

/// /proc/PID/stat, the fields that are used. Source: fs/proc/array.c do_task_stat(), proc(5).
struct PidStat {
  /// Between the first '(' and the last ')'. Any bytes but NUL: a process names itself. Points
  /// into the parsed text.
  std::string_view comm;
  char state = '?';         ///< R, S, D, Z, T, t, X, I, ...
  pid_t ppid = 0;           ///< 0 for init, kthreadd, and parents outside our pid namespace.
  std::uint32_t flags = 0;  ///< PF_* of include/linux/sched.h.
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t utime_ticks = 0;  ///< All threads, dead ones too; guest time is inside.
  std::uint64_t stime_ticks = 0;
  /// Of all descendants that were waited for, each when its parent waited for it
  /// (kernel/exit.c wait_task_zombie()). Not of those that nobody waits for.
  std::uint64_t children_minor_faults = 0;
  std::uint64_t children_major_faults = 0;
  std::uint64_t children_utime_ticks = 0;  ///< ns inside, each rounded down when printed.
  std::uint64_t children_stime_ticks = 0;
  std::uint64_t num_threads = 0;
  std::uint64_t starttime_ticks = 0;  ///< CLOCK_BOOTTIME, since boot; together with pid, identity.

  /// A kernel thread (PF_KTHREAD): it has no command line and no memory of its own.
  [[nodiscard]] bool is_kernel_thread() const { return (flags & 0x00200000U) != 0; }

  /// On its last steps, or a zombie (PF_EXITING of the leader).
  [[nodiscard]] bool is_exiting() const { return (flags & 0x00000004U) != 0; }

  friend bool operator==(const PidStat&, const PidStat&) = default;
};

/// Parses the whole file. Nothing where a field up to starttime is missing or is no number; further
/// fields, which newer kernels add, are not looked at.
[[nodiscard]] std::optional<PidStat> parse_pid_stat(std::string_view text);

}  // namespace proctally::procfs
