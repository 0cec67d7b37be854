#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctally::procfs {

/// /proc/PID/status, the lines that no cheaper file has. Source: fs/proc/array.c
/// proc_pid_status(), fs/proc/task_mmu.c task_mem().
struct PidStatus {
  uid_t effective_uid = 0;
  std::uint64_t swap_kilobytes = 0;  ///< VmSwap; 0 for kernel threads and zombies, which lack it.

  friend bool operator==(const PidStatus&, const PidStatus&) = default;
};

/// The last two lines of /proc/PID/status: of the one thread that it names, also where that is the
/// main one of many. Source: fs/proc/array.c task_context_switch_counts().
struct TaskSwitches {
  std::uint64_t voluntary = 0;
  std::uint64_t involuntary = 0;

  friend bool operator==(const TaskSwitches&, const TaskSwitches&) = default;
};

/// Nothing where the file is cut short before its Threads line, the first behind those of the
/// memory, or has no readable Uid line. The Name line cannot forge another: the kernel escapes
/// newlines in it.
[[nodiscard]] std::optional<PidStatus> parse_pid_status(std::string_view text);

/// Of the same file. Nothing where either line is not there, or is cut short.
[[nodiscard]] std::optional<TaskSwitches> parse_task_switches(std::string_view text);

}  // namespace proctally::procfs
