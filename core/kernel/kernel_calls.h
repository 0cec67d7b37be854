#pragma once

#include <sys/types.h>

#include <cstdint>

#include "core/read_status.h"

namespace proctally::kernel {

/// What the kernel tells of a process by system calls rather than by files. Pids are those of the
/// caller's own pid namespace. SystemKernelCalls for the real one, a fake host in tests.
class KernelCalls {
 public:
  KernelCalls() = default;
  KernelCalls(const KernelCalls&) = delete;
  KernelCalls& operator=(const KernelCalls&) = delete;
  virtual ~KernelCalls() = default;

  /// The CPU time of all threads of a process, dead threads included, in ns. It needs no
  /// privilege, works on zombies, and never falls. `vanished` once the process is reaped, and for
  /// the id of a thread.
  virtual ReadStatus cpu_clock(pid_t pid, std::uint64_t& ns) = 0;

  /// The soft limit of open files. Another user's process needs CAP_SYS_RESOURCE.
  virtual ReadStatus open_files_soft_limit(pid_t pid, std::uint64_t& limit) = 0;
};

class SystemKernelCalls final : public KernelCalls {
 public:
  ReadStatus cpu_clock(pid_t pid, std::uint64_t& ns) override;
  ReadStatus open_files_soft_limit(pid_t pid, std::uint64_t& limit) override;
};

}  // namespace proctally::kernel
