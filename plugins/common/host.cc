#include "plugins/common/host.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/procfs/blocking_files.h"
#include "plugins/common/privileges.h"

namespace proctally::plugins {
namespace {

// Each kept file costs the kernel 5 KB (scanning.md 2): at most 80 MB, and only on a host with
// thousands of processes that never rest.
constexpr rlim_t kMostKeptFiles = 16'384;
constexpr rlim_t kFilesForOthers = 256;
// Of a program that others are plugins of: they may not even bear a descriptor over 1023 (select).
constexpr rlim_t kMostSharedFiles = 256;

std::size_t files_to_keep(FileLimit policy) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (policy == FileLimit::shared) return std::min(limit.rlim_cur / 4, kMostSharedFiles);
  const auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  if (limit.rlim_cur <= kFilesForOthers) return 0;
  return std::min<rlim_t>(limit.rlim_cur - kFilesForOthers, kMostKeptFiles);
}

std::string describe(kernel::TaskstatsStatus status, std::string_view with,
                     std::string_view without) {
  if (status == kernel::TaskstatsStatus::ok) return std::string(with);
  return fmt::format("{} (taskstats: {})", without, name_of(status));
}

std::string_view describe_io(const kernel::Routes& routes) {
  if (!routes.has_io) return "not kept by this kernel";
  return may_read_all_processes()
             ? "/proc/PID/io"
             : "/proc/PID/io (of other users: needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH)";
}

}  // namespace

Host::Host(const std::string& procfs, FileLimit limit) try
    : reader_(procfs, files_to_keep(limit)),
      blocking_files_(std::make_shared<procfs::FileBlockingFiles>(procfs)),
      slow_reader_(blocking_files_, slow_threads_),
      pss_reader_(blocking_files_, slow_threads_),
      routes_(kernel::detect_routes(reader_, kernel_)) {
  std::vector<pid_t> pids;
  if (reader_.list(pids) != ReadStatus::ok || pids.empty()) {
    throw HostError(fmt::format(
        "{} holds no process, must be where a procfs is mounted, such as /proc", procfs));
  }
  // Its pids are those of our own namespace, and so have to be those of the procfs.
  if (routes_.cpu == kernel::CpuRoute::process_clock) {
    exits_ = kernel::TaskstatsListener::open(exits_status_);
    // A privilege that is not of use here is not asked for.
    if (exits_status_ == kernel::TaskstatsStatus::no_permission && !is_in_first_namespaces()) {
      exits_status_ = kernel::TaskstatsStatus::other_namespace;
    }
    switches_ = kernel::TaskstatsSwitchCounter::open(switches_status_);
  }
} catch (const std::system_error& error) {
  throw HostError(
      fmt::format("{}; must be where a procfs is mounted, such as /proc", error.what()));
}

Sources Host::sources() {
  return {
      .procfs = reader_,
      .kernel = kernel_,
      .slow_reader = slow_reader_,
      .exits = exits_.get(),
      .switches = switches_.get(),
      .routes = routes_,
      .units = {.ns_per_tick = 1'000'000'000U / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)),
                .page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))},
      .pss_reader = &pss_reader_};
}

std::string Host::describe_routes() const {
  return fmt::format(
      "CPU time from: {}; new processes from: {}; open files from: {}; I/O: {}; "
      "processes that end: {}; context switches: {}",
      name_of(routes_.cpu), name_of(routes_.births),
      reader_.counts_fds_by_size() ? "size of /proc/PID/fd" : "listing of /proc/PID/fd",
      describe_io(routes_),
      describe(exits_status_, "exit messages (taskstats)", "their parents' cutime alone"),
      describe(switches_status_, "taskstats", "absent"));
}

bool Host::lacks_net_admin() const {
  return exits_status_ == kernel::TaskstatsStatus::no_permission;
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
