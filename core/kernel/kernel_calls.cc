#include "core/kernel/kernel_calls.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <limits>

#include "core/errno_status.h"

namespace proctally::kernel {

namespace {

// The kernel takes the id of any thread for its process where the caller asks for its own
// (posix-cpu-timers.c pid_for_clock()): without this a scan thread would find itself as a process.
bool is_own_thread_but_no_process(pid_t pid) {
  thread_local pid_t own_tid = ::gettid();
  thread_local pid_t own_pid = ::getpid();
  return pid == own_tid && pid != own_pid;
}

}  // namespace

ReadStatus SystemKernelCalls::cpu_clock(pid_t pid, std::uint64_t& ns) {
  if (is_own_thread_but_no_process(pid)) return ReadStatus::vanished;
  // clock_getcpuclockid(3) makes the same number, after a system call of its own to check it.
  // Source: kernel/time/posix-cpu-timers.c, MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED).
  constexpr unsigned kSchedClock = 2;
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(pid) << 3U) | kSchedClock);
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) {
    return errno == EINVAL ? ReadStatus::vanished : status_of_errno(errno);
  }
  ns = static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
       static_cast<std::uint64_t>(time.tv_nsec);
  return ReadStatus::ok;
}

ReadStatus SystemKernelCalls::open_files_soft_limit(pid_t pid, std::uint64_t& limit) {
  rlimit limits{};
  if (::prlimit(pid, RLIMIT_NOFILE, nullptr, &limits) != 0) return status_of_errno(errno);
  limit = limits.rlim_cur == RLIM_INFINITY ? std::numeric_limits<std::uint64_t>::max()
                                           : std::uint64_t{limits.rlim_cur};
  return ReadStatus::ok;
}

}  // namespace proctally::kernel
