#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>

namespace proctally::procfs {

/// The last field of /proc/loadavg: the pid or tid that was given out last in the pid namespace of
/// the reader. While it stands still no process was born. Source: fs/proc/loadavg.c.
[[nodiscard]] std::optional<pid_t> parse_last_pid(std::string_view text);

}  // namespace proctally::procfs
