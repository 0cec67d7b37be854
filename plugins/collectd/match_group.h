#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plugins/collectd/toggles.h"

namespace proctally::plugins::collectd {

/// What a Process or a ProcessMatch asks for.
struct MatchGroup {
  enum class Kind : std::uint8_t { process, process_match };

  Kind kind = Kind::process;
  std::string path;
  std::string name;        ///< Of a Process also the program's.
  std::string expression;  ///< Of a ProcessMatch.
  Toggles toggles;         ///< Those in force at it and in it.

  /// The label of its group, where it has but one; see naming::make_group_label().
  [[nodiscard]] std::optional<std::string> label() const;
};

/// Nothing after a problem that leaves no group was noted; other problems in it are noted too.
/// `toggles` are those in force at it.
[[nodiscard]] std::optional<MatchGroup> read_match(const Statement& statement, Toggles toggles,
                                                   Findings& findings);

/// The groups as `process_names` of the settings.
[[nodiscard]] nlohmann::json process_names_of(const std::vector<MatchGroup>& groups);

/// Validates the groups of a block, which is at `path`, as settings, and notes what is found by
/// their paths in collectd.conf.
void check_groups(const std::vector<MatchGroup>& groups, const std::string& path,
                  Findings& findings);

}  // namespace proctally::plugins::collectd
