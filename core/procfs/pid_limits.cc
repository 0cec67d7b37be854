#include "core/procfs/pid_limits.h"

#include <limits>

#include "core/procfs/text.h"

namespace proctally::procfs {

std::optional<std::uint64_t> parse_open_files_soft_limit(std::string_view text) {
  constexpr std::string_view kName = "Max open files ";
  while (!text.empty()) {
    if (text.find('\n') == std::string_view::npos) return std::nullopt;
    auto line = cut(text, '\n');
    if (!line.starts_with(kName)) continue;
    line.remove_prefix(kName.size());
    const auto soft = cut_word(line);
    if (soft == "unlimited") return std::numeric_limits<std::uint64_t>::max();
    return parse_number<std::uint64_t>(soft);
  }
  return std::nullopt;
}

}  // namespace proctally::procfs
