#pragma once

#include <string>

namespace proctally::plugins {

/// What this host calls itself (gethostname(2)); empty where it has no name.
[[nodiscard]] std::string host_name();

/// Its name with the domain, as its resolver knows it; may wait for a name server. Empty where it
/// knows none.
[[nodiscard]] std::string full_host_name();

}  // namespace proctally::plugins
