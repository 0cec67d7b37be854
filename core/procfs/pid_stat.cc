#include "core/procfs/pid_stat.h"

#include <algorithm>

#include "core/procfs/text.h"

namespace proctally::procfs {
namespace {

bool skip_fields(std::string_view& rest, int count) {
  for (int i = 0; i < count; ++i) {
    if (cut(rest, ' ').empty()) return false;
  }
  return true;
}

// The kernel prints these as signed numbers; what is below 0 is nothing.
bool cut_children_ticks(std::string_view& rest, std::uint64_t& ticks) {
  std::int64_t value = 0;
  if (!cut_number(rest, value)) return false;
  ticks = static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
  return true;
}

}  // namespace

std::optional<PidStat> parse_pid_stat(std::string_view text) {
  // comm may itself hold ") R 1 (": only the first '(' and the last ')' are the kernel's.
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  PidStat stat;
  stat.comm = text.substr(open + 1, close - open - 1);
  auto rest = text.substr(close + 1);
  // The newline ends the last field: without it the last number may be cut short.
  const auto line_end = rest.find('\n');
  if (line_end == std::string_view::npos) return std::nullopt;
  rest = rest.substr(0, line_end);

  if (!cut(rest, ' ').empty()) return std::nullopt;
  const auto state = cut(rest, ' ');
  if (state.size() != 1) return std::nullopt;
  stat.state = state.front();

  // Field numbers are those of proc(5): 4 ppid, 9 flags, 10 minflt, 11 cminflt, 12 majflt,
  // 13 cmajflt, 14 utime, 15 stime, 16 cutime, 17 cstime, 20 num_threads, 22 starttime.
  const bool complete =
      cut_number(rest, stat.ppid) && skip_fields(rest, 4) && cut_number(rest, stat.flags) &&
      cut_number(rest, stat.minor_faults) && cut_number(rest, stat.children_minor_faults) &&
      cut_number(rest, stat.major_faults) && cut_number(rest, stat.children_major_faults) &&
      cut_number(rest, stat.utime_ticks) && cut_number(rest, stat.stime_ticks) &&
      cut_children_ticks(rest, stat.children_utime_ticks) &&
      cut_children_ticks(rest, stat.children_stime_ticks) && skip_fields(rest, 2) &&
      cut_number(rest, stat.num_threads) && skip_fields(rest, 1) &&
      cut_number(rest, stat.starttime_ticks);
  if (!complete) return std::nullopt;
  return stat;
}

}  // namespace proctally::procfs
