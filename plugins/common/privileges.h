#pragma once

#include <cstddef>
#include <string>

namespace proctally::plugins {

/// Whether this process has in effect what reading another user's io needs: CAP_DAC_READ_SEARCH to
/// open the file, and CAP_SYS_PTRACE for what is in it (fs/proc/base.c, mode 0400 and
/// do_io_accounting()).
[[nodiscard]] bool may_read_all_processes();

/// What to tell a user who misses the I/O or the descriptors of `processes` processes, and how to
/// get them.
[[nodiscard]] std::string advise_on_privileges(std::size_t processes);

}  // namespace proctally::plugins
