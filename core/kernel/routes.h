#pragma once

#include <cstdint>
#include <string_view>

#include "core/kernel/kernel_calls.h"
#include "core/procfs/proc_reader.h"

namespace proctally::kernel {

/// Where the CPU time of a process comes from.
enum class CpuRoute : std::uint8_t {
  process_clock,  ///< The CPU clock, in ns; an unchanged clock proves that nothing else changed.
  stat,           ///< utime + stime of /proc/PID/stat, in ticks, read of every process each scan.
};

/// How new processes are found.
enum class BirthRoute : std::uint8_t {
  pid_cursor,  ///< The last pid in /proc/loadavg; the folder is listed only when it moved far.
  listing,     ///< The folder is listed each scan.
};

/// What the self-test at start found usable. Another pid namespace behind the procfs root, a
/// seccomp filter, gVisor or lxcfs each rule some of them out.
struct Routes {
  CpuRoute cpu = CpuRoute::stat;
  BirthRoute births = BirthRoute::listing;
  bool has_io = false;  ///< The kernel keeps /proc/PID/io (CONFIG_TASK_IO_ACCOUNTING).
};

/// Tests each route on the calling process itself; takes about a millisecond, and makes one
/// thread for as long as it takes to see the pid cursor move.
[[nodiscard]] Routes detect_routes(procfs::ProcReader& reader, KernelCalls& kernel);

[[nodiscard]] std::string_view name_of(CpuRoute route);
[[nodiscard]] std::string_view name_of(BirthRoute route);

}  // namespace proctally::kernel
