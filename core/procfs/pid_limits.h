#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctally::procfs {

/// The soft limit of the line "Max open files" of /proc/PID/limits; UINT64_MAX for "unlimited".
/// The world may read the file, where prlimit(2) on another user's process may not be called.
/// Source: fs/proc/base.c proc_pid_limits(). Nothing where the line is missing or cut short.
[[nodiscard]] std::optional<std::uint64_t> parse_open_files_soft_limit(std::string_view text);

}  // namespace proctally::procfs
