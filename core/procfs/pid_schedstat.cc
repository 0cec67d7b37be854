#include "core/procfs/pid_schedstat.h"

#include "core/procfs/text.h"

namespace proctally::procfs {

std::optional<std::uint64_t> parse_thread_run_ns(std::string_view schedstat) {
  // Three numbers and a newline: without what follows, the first may be cut short.
  if (!schedstat.ends_with('\n')) return std::nullopt;
  std::uint64_t run_ns = 0;
  std::uint64_t wait_ns = 0;
  auto line = cut(schedstat, '\n');
  if (!cut_number(line, run_ns) || !cut_number(line, wait_ns)) return std::nullopt;
  return run_ns;
}

}  // namespace proctally::procfs
