#pragma once

#include <map>
#include <string>

namespace proctally::naming {

/// What the named groups of an item's cmdline expressions matched, by name; "" for a group that
/// took no part. Of two groups with one name the later expression wins, as in process-exporter.
using Captures = std::map<std::string, std::string, std::less<>>;

}  // namespace proctally::naming
