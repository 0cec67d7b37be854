#include "core/procfs/pid_cgroup.h"

#include "core/procfs/text.h"

namespace proctally::procfs {

std::vector<std::string> parse_pid_cgroup(std::string_view text) {
  std::vector<std::string> paths;
  while (text.find('\n') != std::string_view::npos) {
    auto line = cut(text, '\n');
    const auto hierarchy = cut(line, ':');
    const auto controllers_end = line.find(':');
    if (!parse_number<unsigned>(hierarchy) || controllers_end == std::string_view::npos) continue;
    auto path = line.substr(controllers_end + 1);
    // The kernel's mark for a group that was removed while a zombie is left in it.
    constexpr std::string_view kDeleted = " (deleted)";
    if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
    paths.emplace_back(path);
  }
  return paths;
}

}  // namespace proctally::procfs
