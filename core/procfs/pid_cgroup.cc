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
    paths.emplace_back(line.substr(controllers_end + 1));
  }
  return paths;
}

}  // namespace proctally::procfs
