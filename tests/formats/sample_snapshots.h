#pragma once

#include <deque>
#include <string>

#include "core/snapshot.h"

/// Snapshots for the tests of formats. Numbers are made up, but in the proportions of a real host.
namespace proctally::formats {

/// 26 groups of a web host with 8 CPUs, sorted by name, a few things unreadable, two groups empty.
[[nodiscard]] Snapshot busy_host();

/// Three groups: one with every metric, one of an awkward name and few values, one with none; the
/// first two with threads.
[[nodiscard]] Snapshot small_host();

/// Names as GroupRow::name allows them, sorted: every ASCII byte that a name may hold, alone and
/// beside each byte that some format treats as special. Lives as long as the program.
[[nodiscard]] const std::deque<std::string>& awkward_names();

}  // namespace proctally::formats
