#include "core/accounting/dead_work.h"

#include <algorithm>
#include <vector>

#include "core/accounting/shares.h"

namespace proctally::accounting {

using kernel::ProcessExit;

Totals debt_of(const Process& process) {
  Totals debt = process.last;
  if (process.io_known != Known::yes) copy(kIoTotals, Totals{}, debt);
  if (!process.reaped) return debt;
  const auto& [seen, open, withheld_ns, io_known] = *process.reaped;
  for (const auto member : kCpuTotals) debt.*member += seen.*member;
  for (const auto member : kFaultTotals) debt.*member += seen.*member;
  subtract(debt, open);
  return debt;
}

Totals work_of(const ProcessExit& exit) {
  return {.user_ns = exit.sampled_user_ns,
          .system_ns = exit.sampled_system_ns,
          .minor_faults = exit.minor_faults,
          .major_faults = exit.major_faults,
          .read_chars = exit.read_chars,
          .written_chars = exit.written_chars,
          .read_calls = exit.read_calls,
          .write_calls = exit.write_calls,
          .read_bytes = exit.read_bytes,
          .written_bytes = exit.written_bytes};
}

Totals work_since(const Process& process, const ProcessExit& exit) {
  const auto at_end = work_of(exit);
  auto own = process.last;
  if (process.reaped) {
    for (const auto member : kIoTotals) own.*member -= process.reaped->seen.*member;
  }
  Totals work;
  for_each_total([&](auto member) { work.*member = growth(own.*member, at_end.*member); });
  // Of one that was seen, the scheduler's figure is better than whole ticks.
  const auto cpu_ns = growth(process.last.cpu_ns(), exit.run_ns);
  std::vector<std::uint64_t> parts;
  share(cpu_ns, {exit.sampled_user_ns, exit.sampled_system_ns}, parts);
  work.user_ns = parts[0];
  work.system_ns = parts[1];
  return work;
}

std::uint64_t missing_ns_of(const ProcessExit& exit, std::uint64_t tick_ns) {
  constexpr std::uint64_t kLongestTickNs = 10'000'000;
  // Measured: true, ls, cc1, sh; what matters is the proportion.
  constexpr std::uint64_t kNsPerFault = 4'000;
  const auto half_tick_ns = std::min(tick_ns, kLongestTickNs) / 2;
  return std::min(exit.run_ns, half_tick_ns) + exit.minor_faults * kNsPerFault;
}

}  // namespace proctally::accounting
