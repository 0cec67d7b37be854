#include "core/accounting/cpu_split.h"

#include <algorithm>

namespace proctally::accounting {

CpuSplit split_cpu(std::uint64_t clock_ns, std::uint64_t utime_ticks, std::uint64_t stime_ticks,
                   const CpuSplit& before) {
  // ns times ticks passes 64 bits after a day of CPU.
  __extension__ using Wide = unsigned __int128;
  const Wide ticks = Wide{utime_ticks} + stime_ticks;
  const auto in_proportion =
      ticks == 0 ? clock_ns : static_cast<std::uint64_t>(Wide{clock_ns} * utime_ticks / ticks);
  // A clock that fell is a new baseline: there is nothing to keep up with.
  if (before.user_ns + before.system_ns > clock_ns) {
    return {.user_ns = in_proportion, .system_ns = clock_ns - in_proportion};
  }
  const auto user_ns = std::clamp(in_proportion, before.user_ns, clock_ns - before.system_ns);
  return {.user_ns = user_ns, .system_ns = clock_ns - user_ns};
}

}  // namespace proctally::accounting
