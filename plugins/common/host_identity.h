#pragma once

#include <optional>
#include <string>

namespace proctally::plugins {

/// What tells one set of pids from every other: the boot of this host, and when the first process
/// behind `procfs` started, which tells its pid namespaces apart: "BOOT_ID TICKS", always of the
/// same length. Nothing where the kernel tells no boot id, as gVisor's.
[[nodiscard]] std::optional<std::string> identify_host(const std::string& procfs);

}  // namespace proctally::plugins
