#pragma once

#include <cstdint>

#include "core/accounting/process.h"
#include "core/accounting/totals.h"
#include "core/kernel/process_exit.h"

namespace proctally::accounting {

/// What is on the books of one that is gone, or was before them: its own work as last read, and
/// what its children had left to it. Who waited for it received at least that.
[[nodiscard]] Totals debt_of(const Process& process);

/// What the message of a process that no scan saw tells of it. Its CPU time is sampled.
[[nodiscard]] Totals work_of(const kernel::ProcessExit& exit);

/// What the message of a process tells beyond what was read of it. Its CPU time is a lower bound.
[[nodiscard]] Totals work_since(const Process& process, const kernel::ProcessExit& exit);

/// How much the scheduler's figure lacks, on the average: it is made up at each tick, and whenever
/// the process waits; and its memory is given back after the message. A weight. (The sampled times
/// make no better one: in a virtual machine ticks fall in step with what happens often.)
/// `tick_ns`: the step of the sampled times.
[[nodiscard]] std::uint64_t missing_ns_of(const kernel::ProcessExit& exit, std::uint64_t tick_ns);

}  // namespace proctally::accounting
