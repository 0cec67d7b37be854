#include "plugins/common/host.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "core/procfs/blocking_files.h"

namespace proctally::plugins {
namespace {

// Each kept file costs the kernel 5 KB (scanning.md 2): at most 40 MB of them.
constexpr rlim_t kMostKeptFiles = 8192;
constexpr rlim_t kFilesForOthers = 256;

std::size_t raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  if (limit.rlim_cur <= kFilesForOthers) return 0;
  return std::min<rlim_t>(limit.rlim_cur - kFilesForOthers, kMostKeptFiles);
}

}  // namespace

Host::Host(const std::string& procfs)
    : reader_(procfs, raise_file_limit()),
      slow_reader_(std::make_shared<procfs::FileBlockingFiles>(procfs)),
      routes_(kernel::detect_routes(reader_, kernel_)) {}

Sources Host::sources() {
  return {.procfs = reader_,
          .kernel = kernel_,
          .slow_reader = slow_reader_,
          .routes = routes_,
          .units = {.ns_per_tick = 1'000'000'000U / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)),
                    .page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))}};
}

std::string Host::describe_routes() const {
  return fmt::format("CPU time from: {}; new processes from: {}; open files from: {}; I/O: {}",
                     name_of(routes_.cpu), name_of(routes_.births),
                     reader_.counts_fds_by_size() ? "size of /proc/PID/fd" : "listing of /proc/PID/fd",
                     routes_.has_io ? "/proc/PID/io" : "not kept by this kernel");
}

std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

TimePoint read_clocks() {
  return {.wall_ns = read_clock(CLOCK_REALTIME),
          .monotonic_ns = read_clock(CLOCK_MONOTONIC),
          .boot_ns = read_clock(CLOCK_BOOTTIME)};
}

}  // namespace proctally::plugins
