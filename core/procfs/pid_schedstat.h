#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctally::procfs {

/// The first field of /proc/PID/task/TID/schedstat: the CPU time of one thread in ns, its
/// se.sum_exec_runtime, the very number that the CPU clock of its process adds up over its threads.
/// A thread's own CPU clock would tell the same, but only to its own process: of another's,
/// clock_gettime() is refused with EINVAL (kernel/time/posix-cpu-timers.c pid_for_clock()).
///
/// 0 from a kernel that keeps no such figures, and of a thread that never ran. Nothing where the
/// file is cut short or holds no numbers; without CONFIG_SCHED_INFO there is none.
/// Source: Documentation/scheduler/sched-stats.rst, fs/proc/base.c proc_pid_schedstat().
[[nodiscard]] std::optional<std::uint64_t> parse_thread_run_ns(std::string_view schedstat);

}  // namespace proctally::procfs
