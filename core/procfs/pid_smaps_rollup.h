#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctally::procfs {

/// /proc/PID/smaps_rollup: what the process's pages come to when each page that several share is
/// divided among them. Source: fs/proc/task_mmu.c show_smaps_rollup(), __show_smap().
struct PidSmapsRollup {
  std::uint64_t pss_kilobytes = 0;
  std::uint64_t swap_pss_kilobytes = 0;

  friend bool operator==(const PidSmapsRollup&, const PidSmapsRollup&) = default;
};

/// Nothing where one of both lines is missing, cut short, or no number.
[[nodiscard]] std::optional<PidSmapsRollup> parse_pid_smaps_rollup(std::string_view text);

}  // namespace proctally::procfs
