#pragma once

#include <map>
#include <string>

namespace proctally::naming {

/// What the groups of an item's cmdline expressions matched.
struct Captures {
  /// By name; "" for a group that took no part. Of two groups with one name the later expression
  /// wins, as in process-exporter.
  std::map<std::string, std::string, std::less<>> named;
  /// Of the first group, named or not, that matched more than nothing; "" where none did.
  std::string first;
};

}  // namespace proctally::naming
