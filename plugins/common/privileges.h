#pragma once

#include <cstddef>
#include <string>

namespace proctally::plugins {

/// Whether this process has CAP_SYS_PTRACE in effect, which reading another user's io and exe
/// needs (proc(5), PTRACE_MODE_READ).
[[nodiscard]] bool may_read_all_processes();

/// What to tell a user who misses values of `processes` processes, and how to get them.
[[nodiscard]] std::string advise_on_privileges(std::size_t processes);

}  // namespace proctally::plugins
