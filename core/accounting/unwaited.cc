#include "core/accounting/unwaited.h"

#include <algorithm>
#include <cmath>

#include "core/accounting/totals.h"

namespace proctally::accounting {

std::uint64_t Unwaited::take(const kernel::ProcessExit& exit, std::uint64_t tick_ns) {
  ++processes_;
  run_ns_ += exit.run_ns;
  sampled_ns_ += exit.sampled_user_ns + exit.sampled_system_ns;
  // Half a tick each way for each process, at random; twice that is left out.
  constexpr std::uint64_t kLongestTickNs = 10'000'000;
  const auto doubt_ns =
      static_cast<std::uint64_t>(std::sqrt(static_cast<double>(processes_)) *
                                 static_cast<double>(std::min(tick_ns, kLongestTickNs)));
  const auto certain_ns = std::max(run_ns_, growth(doubt_ns, sampled_ns_));
  const auto now_ns = growth(taken_ns_, certain_ns);
  taken_ns_ += now_ns;
  return now_ns;
}

}  // namespace proctally::accounting
