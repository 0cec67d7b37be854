#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctally::procfs {

/// /proc/stat, what concerns the whole host. Source: fs/proc/stat.c show_stat(), proc(5).
struct HostStat {
  /// user + nice + system + irq + softirq since boot. Idle, iowait and steal are time in which
  /// nothing of this host ran; guest time is inside user already.
  std::uint64_t busy_ticks = 0;
  unsigned online_cpus = 0;                        ///< The number of "cpuN" lines.
  std::optional<std::uint64_t> boot_unix_seconds;  ///< "btime", rounded down.

  friend bool operator==(const HostStat&, const HostStat&) = default;
};

/// Nothing where the line of all CPUs, or every line of a single one, is missing, or where the file
/// is cut short before the line behind them.
[[nodiscard]] std::optional<HostStat> parse_host_stat(std::string_view text);

}  // namespace proctally::procfs
