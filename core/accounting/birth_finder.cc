#include "core/accounting/birth_finder.h"

#include <utility>

#include "core/procfs/host_loadavg.h"

namespace proctally::accounting {
namespace {

// A listing costs three times as much per process as asking for one pid (scanning.md 2).
bool is_cheaper_to_ask(pid_t pids, std::size_t known) {
  return static_cast<std::size_t>(pids) < 2 * known;
}

}  // namespace

ReadStatus BirthFinder::list(std::vector<pid_t>& candidates) {
  const auto status = reader_.list(candidates);
  listed_ = status == ReadStatus::ok;
  scans_to_listing_ = listed_ ? kListingPeriod : 0;
  return status;
}

ReadStatus BirthFinder::find(std::size_t known, std::vector<pid_t>& candidates) {
  candidates.clear();
  listed_ = false;
  if (route_ == kernel::BirthRoute::listing) return list(candidates);

  const auto loadavg = reader_.read(procfs::HostFile::loadavg);
  const auto cursor = procfs::parse_last_pid(loadavg.text);
  const auto from = std::exchange(cursor_before_, std::exchange(cursor_, cursor));
  // A cursor that is unknown, or went back because the numbers wrapped, says nothing.
  if (scans_to_listing_ == 0 || !cursor || !from || *cursor < *from) return list(candidates);
  --scans_to_listing_;
  if (!is_cheaper_to_ask(*cursor - *from, known)) return list(candidates);
  for (pid_t pid = *from + 1; pid <= *cursor; ++pid) {
    std::uint64_t ns = 0;
    if (kernel_.cpu_clock(pid, ns) == ReadStatus::ok) candidates.push_back(pid);
  }
  return ReadStatus::ok;
}

}  // namespace proctally::accounting
