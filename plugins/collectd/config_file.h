#pragma once

#include <optional>

#include "core/settings.h"
#include "plugins/collectd/statement.h"

namespace proctally::plugins::collectd {

/// The settings in the file that `Config "FILE"` names; nothing after problems were noted.
[[nodiscard]] std::optional<Settings> read_config_file(const Statement& statement,
                                                       Findings& findings);

}  // namespace proctally::plugins::collectd
