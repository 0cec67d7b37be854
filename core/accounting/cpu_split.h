#pragma once

#include <cstdint>

namespace proctally::accounting {

struct CpuSplit {
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
};

/// The clock's total in the proportion of the kernel's sampled ticks. The parts add up to
/// `clock_ns` exactly, and neither falls below its part in `before`, as long as the clock itself
/// did not. Without any tick it is all user time, as in kernel/sched/cputime.c cputime_adjust().
[[nodiscard]] CpuSplit split_cpu(std::uint64_t clock_ns, std::uint64_t utime_ticks,
                                 std::uint64_t stime_ticks, const CpuSplit& before);

}  // namespace proctally::accounting
