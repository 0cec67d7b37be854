#include "core/procfs/pid_cmdline.h"

#include <algorithm>

namespace proctally::procfs {

PidCmdline parse_pid_cmdline(std::string_view text) {
  const auto last = text.find_last_not_of('\0');
  text = last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
  PidCmdline cmdline{.argv0 = std::string(text.substr(0, text.find('\0'))),
                     .joined = std::string(text)};
  std::replace(cmdline.joined.begin(), cmdline.joined.end(), '\0', ' ');
  return cmdline;
}

}  // namespace proctally::procfs
