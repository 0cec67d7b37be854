#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/metrics.h"
#include "core/settings.h"
#include "plugins/collectd/config_item.h"
#include "plugins/collectd/match_group.h"

namespace proctally::plugins::collectd {

/// What all blocks together ask for.
struct PluginSettings {
  Settings settings;
  /// Of groups by their labels: the families that are collected and yet not reported of them.
  std::map<std::string, FamilySet, std::less<>> hidden;
};

/// Makes settings of the <Plugin proctally> blocks of collectd.conf: of `Config "FILE"`, or of
/// `Process`, `ProcessMatch` and `Collect` in them.
class ConfigReader {
 public:
  /// Reads one more block. Throws SettingsError with everything that is wrong with it, each problem
  /// as "<Plugin proctally> / <ProcessMatch "web"> (2nd ProcessMatch) / regular expression: what is
  /// wrong, what is allowed".
  void read_block(const ConfigItem& block);

  /// What the blocks so far say; without any, the default settings. Warnings are in
  /// settings.warnings. Only after every read_block() succeeded.
  [[nodiscard]] PluginSettings settings() const;

 private:
  void read_statements(const std::vector<Statement>& statements, Findings& findings);
  void read_config(const Statement& statement, Findings& findings);
  void check_names(std::size_t first, Findings& findings) const;
  void check_collected(const std::string& path, Findings& findings) const;
  [[nodiscard]] FamilySet families_of(const Toggles& toggles) const;

  std::size_t blocks_ = 0;
  std::string config_path_;         ///< In collectd.conf, of the Config; empty without one.
  std::optional<Settings> file_;    ///< What it reads.
  std::string inline_path_;         ///< Of the first statement that is none; empty without one.
  std::vector<MatchGroup> groups_;  ///< Of all blocks, in order.
  Toggles toggles_;                 ///< In force at the match that comes next.
  std::string idle_toggle_;         ///< The last that no match follows; empty where one does.
  FamilySet collect_;               ///< What Collect names; none: all.
  std::vector<std::string> warnings_;
};

}  // namespace proctally::plugins::collectd
