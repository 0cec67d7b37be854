#include "core/procfs/host_loadavg.h"

#include "core/procfs/text.h"

namespace proctally::procfs {

std::optional<pid_t> parse_last_pid(std::string_view text) {
  if (!text.ends_with('\n')) return std::nullopt;
  text.remove_suffix(1);
  const auto last_space = text.rfind(' ');
  if (last_space == std::string_view::npos) return std::nullopt;
  return parse_number<pid_t>(text.substr(last_space + 1));
}

}  // namespace proctally::procfs
