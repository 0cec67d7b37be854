#include "core/accounting/host_sampler.h"

#include "core/procfs/host_meminfo.h"
#include "core/procfs/host_stat.h"

namespace proctally::accounting {

HostSample sample_host(procfs::ProcReader& reader, std::uint64_t ns_per_tick, ScanStats& stats) {
  HostSample sample;
  const auto stat_file = reader.read(procfs::HostFile::stat);
  stats.count(stat_file.status);
  if (const auto stat = procfs::parse_host_stat(stat_file.text)) {
    sample.busy_ns = stat->busy_ticks * ns_per_tick;
    sample.online_cpus = stat->online_cpus;
    constexpr std::int64_t kNsPerSecond = 1'000'000'000;
    constexpr std::uint64_t kMostSeconds = 9'000'000'000;  // What fits in ns.
    if (stat->boot_unix_seconds && *stat->boot_unix_seconds < kMostSeconds) {
      sample.boot_unix_ns = static_cast<std::int64_t>(*stat->boot_unix_seconds) * kNsPerSecond;
    }
  }
  const auto meminfo_file = reader.read(procfs::HostFile::meminfo);
  stats.count(meminfo_file.status);
  if (const auto meminfo = procfs::parse_host_meminfo(meminfo_file.text)) {
    constexpr std::uint64_t kKibibyte = 1024;
    sample.memory_bytes = meminfo->total_kilobytes * kKibibyte;
    sample.may_have_swapped = meminfo->swap_used_kilobytes > 0;
  }
  return sample;
}

}  // namespace proctally::accounting
