#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/procfs/host_loadavg.h"
#include "core/procfs/host_meminfo.h"
#include "core/procfs/host_stat.h"
#include "core/procfs/pid_cgroup.h"
#include "core/procfs/pid_cmdline.h"
#include "core/procfs/pid_io.h"
#include "core/procfs/pid_limits.h"
#include "core/procfs/pid_schedstat.h"
#include "core/procfs/pid_smaps_rollup.h"
#include "core/procfs/pid_stat.h"
#include "core/procfs/pid_statm.h"
#include "core/procfs/pid_status.h"

/// The parsers of /proc text. The first byte of the input, a letter, says which one reads the rest.
namespace {

using namespace proctally::procfs;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_stat(std::string_view text) {
  const auto stat = parse_pid_stat(text);
  if (!stat) return;
  // The name is a piece of the text, between its outermost parentheses.
  require(stat->comm.data() > text.data());
  require(stat->comm.data() + stat->comm.size() < text.data() + text.size());
  require(text.substr(0, static_cast<std::size_t>(stat->comm.data() - text.data())).find('(') ==
          text.find('('));
}

void check_cgroup(std::string_view text) {
  for (const auto& path : parse_pid_cgroup(text)) {
    require(path.find('\n') == std::string_view::npos);
    require(text.find(path) != std::string_view::npos);
  }
}

void check_cmdline(std::string_view text) {
  const auto cmdline = parse_pid_cmdline(text);
  require(cmdline.joined.find('\0') == std::string_view::npos);
  require(cmdline.joined.starts_with(cmdline.argv0));
  require(cmdline.joined.size() <= text.size());
}

void check_host_stat(std::string_view text) {
  const auto host = parse_host_stat(text);
  require(!host || host->online_cpus > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  switch (bytes[0]) {
    case 's':
      check_stat(text);
      break;
    case 'm':
      (void)parse_pid_statm(text);
      break;
    case 'u':
      (void)parse_pid_status(text);
      (void)parse_task_switches(text);
      break;
    case 'i':
      (void)parse_pid_io(text);
      break;
    case 'r':
      (void)parse_pid_smaps_rollup(text);
      break;
    case 'g':
      check_cgroup(text);
      break;
    case 'c':
      check_cmdline(text);
      break;
    case 'l':
      (void)parse_open_files_soft_limit(text);
      break;
    case 'h':
      check_host_stat(text);
      break;
    case 'a':
      (void)parse_last_pid(text);
      break;
    case 'd':
      (void)parse_thread_run_ns(text);
      break;
    case 'y':
      (void)parse_host_meminfo(text);
      break;
    default:
      break;
  }
  return 0;
}
