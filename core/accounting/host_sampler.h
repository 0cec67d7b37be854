#pragma once

#include <cstdint>
#include <optional>

#include "core/accounting/scan_stats.h"
#include "core/procfs/proc_reader.h"

namespace proctally::accounting {

/// What one scan knows of the host as a whole. Absent where the mount does not tell (subset=pid).
struct HostSample {
  std::optional<std::uint64_t> busy_ns;  ///< Since boot.
  std::optional<unsigned> online_cpus;
  std::optional<std::int64_t> boot_unix_ns;  ///< As the kernel has it: in whole seconds.
  std::optional<std::uint64_t> memory_bytes;
  bool may_have_swapped = true;  ///< False only where no swap is in use at all.
};

[[nodiscard]] HostSample sample_host(procfs::ProcReader& reader, std::uint64_t ns_per_tick,
                                     ScanStats& stats);

}  // namespace proctally::accounting
