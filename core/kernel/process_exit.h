#pragma once

#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace proctally::kernel {

/// A whole process that ended, all its threads together: what the kernel's exit messages say of it.
/// Threads that died before anybody listened are in run_ns and the switches only. Without
/// children: io and faults are those of its own threads.
struct ProcessExit {
  pid_t pid = 0;                ///< The process (tgid), in the first pid namespace: it is ours too.
  pid_t ppid = 0;               ///< Its parent when it ended; the reaper where that died before.
  uid_t uid = 0;                ///< The real one.
  std::array<char, 32> comm{};  ///< As the process named itself: any bytes. Read it by name().
  std::uint64_t exe_device = 0;  ///< Of the executable's superblock, encoded as stat(2)'s st_dev.
                                 ///< Differs from it on btrfs and some overlayfs. 0: kernel thread,
                                 ///< or a kernel that does not tell (taskstats before version 12).
  std::uint64_t exe_inode = 0;
  std::uint64_t run_ns = 0;  ///< Exact up to the last look of the scheduler: a lower bound.
  std::uint64_t sampled_user_ns = 0;  ///< By ticks: 0 or a whole one for a short life.
  std::uint64_t sampled_system_ns = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  /// The kernel rounds all six down to multiples of 1024, for each thread, the calls too (tsacct.c
  /// KB_MASK). written_bytes is as /proc/PID/io has it: later cancelled ones are inside.
  std::uint64_t read_chars = 0;
  std::uint64_t written_chars = 0;
  std::uint64_t read_calls = 0;
  std::uint64_t write_calls = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  /// Kernels before taskstats version 12 do not say which process a thread belongs to: this is a
  /// process of one thread, or one thread, by its tid, of a process that may live on.
  bool may_be_thread = false;

  /// Up to the first NUL: 15 bytes, more for kernel threads.
  [[nodiscard]] std::string_view name() const {
    return {comm.data(),
            static_cast<std::size_t>(std::find(comm.begin(), comm.end(), '\0') - comm.begin())};
  }

  friend bool operator==(const ProcessExit&, const ProcessExit&) = default;
};

}  // namespace proctally::kernel
