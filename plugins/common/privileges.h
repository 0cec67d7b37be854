#pragma once

#include <cstddef>
#include <string>

namespace proctally::plugins {

/// Whether this process has in effect what reading another user's io needs: CAP_DAC_READ_SEARCH to
/// open the file, and CAP_SYS_PTRACE for what is in it (fs/proc/base.c, mode 0400 and
/// do_io_accounting()).
[[nodiscard]] bool may_read_all_processes();

/// Whether this is the first pid and user namespace, by the numbers that the kernel has always
/// given them; yes where that cannot be told. Exits are announced there only.
[[nodiscard]] bool is_in_first_namespaces();

/// What a user misses for want of a privilege.
struct Missing {
  std::size_t processes = 0;  ///< So many whose I/O or descriptors may not be read.
  bool exits = false;         ///< Messages of processes that end, and context switches.
};

/// What to tell who misses something, and the one command that gives it all. It names what the
/// process has already as well: setcap(8) replaces.
[[nodiscard]] std::string advise_on_privileges(const Missing& missing);

}  // namespace proctally::plugins
