#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctally::procfs {

/// /proc/PID/statm, in pages. Its resident set is the exact sum of the per-CPU counters, where
/// that of /proc/PID/stat is only approximate. Source: fs/proc/array.c proc_pid_statm().
struct PidStatm {
  std::uint64_t size_pages = 0;
  std::uint64_t resident_pages = 0;

  friend bool operator==(const PidStatm&, const PidStatm&) = default;
};

/// Nothing where the two numbers are not both complete.
[[nodiscard]] std::optional<PidStatm> parse_pid_statm(std::string_view text);

}  // namespace proctally::procfs
