#pragma once

#include "core/metrics.h"
#include "plugins/collectd/statement.h"

namespace proctally::plugins::collectd {

/// The families that a Collect names; those that are none are problems.
[[nodiscard]] FamilySet read_collect(const Statement& statement, Findings& findings);

}  // namespace proctally::plugins::collectd
