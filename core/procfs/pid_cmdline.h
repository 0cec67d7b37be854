#pragma once

#include <string>
#include <string_view>

namespace proctally::procfs {

/// What naming needs of /proc/PID/cmdline. The bytes belong to the process, which may have
/// overwritten them with anything. Source: fs/proc/base.c get_mm_cmdline().
struct PidCmdline {
  std::string argv0;   ///< Empty for kernel threads and zombies.
  std::string joined;  ///< All arguments with one space between them.

  friend bool operator==(const PidCmdline&, const PidCmdline&) = default;
};

/// Arguments end in NUL; all NULs at the very end are dropped, so trailing empty arguments vanish,
/// as in process-exporter.
[[nodiscard]] PidCmdline parse_pid_cmdline(std::string_view text);

}  // namespace proctally::procfs
