#pragma once

#include <string>

#include "plugins/common/host.h"
#include "plugins/common/scanner.h"

namespace proctally::plugins {

/// For people: every process with its group and the rule that put it there. Scans for it.
[[nodiscard]] std::string explain_groups(const Host& host, Scanner& scanner);

}  // namespace proctally::plugins
