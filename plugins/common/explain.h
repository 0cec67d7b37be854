#pragma once

#include <string>

#include "core/collector.h"

namespace proctally::plugins {

/// For people: every process of the last scan with its group and the rule that put it there.
[[nodiscard]] std::string explain_groups(const Collector& collector, const std::string& routes);

}  // namespace proctally::plugins
