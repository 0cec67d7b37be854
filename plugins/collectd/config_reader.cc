#include "plugins/collectd/config_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "plugins/collectd/config_file.h"
#include "plugins/collectd/families.h"

namespace proctally::plugins::collectd {
namespace {

// collectd hands the block over with the plugin's name as its first value.
void expect_only_the_name(const ConfigItem& block, const std::string& path, Findings& findings) {
  if (block.values.size() <= 1) return;
  const std::vector<ConfigValue> more(block.values.begin() + 1, block.values.end());
  findings.problem(path, fmt::format("is followed by {}, must be <Plugin proctally>; every setting "
                                     "is a statement in the block",
                                     list_of(more)));
}

void expect_config_alone(const std::string& config, const std::string& other, bool is_config_new,
                         Findings& findings) {
  if (config.empty() || other.empty()) return;
  findings.problem(
      is_config_new ? config : other,
      fmt::format("stands beside {}; Config reads everything from its file: put the other "
                  "statements into it, or leave Config out",
                  is_config_new ? other : config));
}

}  // namespace

void ConfigReader::read_block(const ConfigItem& block) {
  ++blocks_;
  const auto path = blocks_ == 1 ? "<Plugin proctally>"
                                 : fmt::format("<Plugin proctally> ({} block)", ordinal(blocks_));
  Findings findings;
  expect_only_the_name(block, path, findings);
  const auto statements = statements_of(block, path, Level::plugin, findings);
  const auto first_group = groups_.size();
  read_statements(statements, findings);
  check_groups({groups_.begin() + static_cast<std::ptrdiff_t>(first_group), groups_.end()}, path,
               findings);
  check_names(first_group, findings);
  check_collected(path, findings);
  std::ranges::move(findings.warnings, std::back_inserter(warnings_));
  if (!findings.problems.empty()) throw SettingsError(std::move(findings.problems));
}

void ConfigReader::read_statements(const std::vector<Statement>& statements, Findings& findings) {
  std::string first_config;
  std::string first_inline;
  for (const auto& statement : statements) {
    auto& first = statement.word == word::kConfig ? first_config : first_inline;
    if (first.empty()) first = statement.path;
    if (statement.word == word::kConfig) {
      read_config(statement, findings);
    } else if (statement.word == word::kCollect) {
      collect_ |= read_collect(statement, findings);
    } else if (statement.word == word::kProcess || statement.word == word::kProcessMatch) {
      if (auto group = read_match(statement, toggles_, findings)) {
        groups_.push_back(std::move(*group));
        idle_toggle_.clear();
      }
    } else {
      read_toggle(statement, toggles_, findings);
      if (statement.word == word::kFileDescriptor || statement.word == word::kContextSwitch) {
        idle_toggle_ = statement.path;
      }
    }
  }
  if (inline_path_.empty()) inline_path_ = first_inline;
  if (!first_config.empty()) {
    expect_config_alone(first_config, inline_path_, true, findings);
  } else {
    expect_config_alone(config_path_, first_inline, false, findings);
  }
}

void ConfigReader::read_config(const Statement& statement, Findings& findings) {
  auto settings = read_config_file(statement, findings);
  if (!config_path_.empty()) {
    findings.problem(statement.path,
                     fmt::format("a second Config, after {}; leave one out", config_path_));
    return;
  }
  config_path_ = statement.path;
  file_ = std::move(settings);
}

void ConfigReader::check_names(std::size_t first, Findings& findings) const {
  for (auto i = first; i < groups_.size(); ++i) {
    const auto label = groups_[i].label();
    if (!label || label->empty()) continue;
    const auto before = groups_.begin() + static_cast<std::ptrdiff_t>(i);
    const auto same = std::find_if(groups_.begin(), before, [&label](const MatchGroup& group) {
      return group.label() == label;
    });
    if (same == before) continue;
    findings.problem(
        groups_[i].path,
        fmt::format("the group {} stands already at {}; give one of them another name, or use "
                    "Config with a settings file, which can put two kinds of processes into one "
                    "group",
                    in_quotes(groups_[i].name), same->path));
  }
}

void ConfigReader::check_collected(const std::string& path, Findings& findings) const {
  const auto check = [this, &findings](const std::string& where, const Toggles& toggles) {
    if (families_of(toggles).any()) return;
    findings.problem(where,
                     "nothing is left to collect: what Collect names is switched off here, by "
                     "CollectFileDescriptor or CollectContextSwitch");
  };
  if (groups_.empty()) check(path, toggles_);
  for (const auto& group : groups_) check(group.path, group.toggles);
}

FamilySet ConfigReader::families_of(const Toggles& toggles) const {
  return toggles.applied_to(collect_.any() ? collect_ : default_families());
}

PluginSettings ConfigReader::settings() const {
  PluginSettings result;
  if (file_) {
    result.settings = *file_;
    result.settings.warnings = warnings_;
    return result;
  }
  auto raw = nlohmann::json::object();
  auto all = families_of(toggles_);
  if (!groups_.empty()) {
    raw["process_names"] = process_names_of(groups_);
    // The stock plugin counts what matches, and not what that starts.
    raw["children"] = false;
    all.reset();
    for (const auto& group : groups_) all |= families_of(group.toggles);
  }
  result.settings = validate_settings(raw);
  result.settings.collect = all;
  result.settings.warnings = warnings_;
  if (!groups_.empty() && !idle_toggle_.empty()) {
    result.settings.warnings.push_back(idle_toggle_ +
                                       ": counts for the matches after it, and there are none");
  }
  for (const auto& group : groups_) {
    const auto hidden = all & ~families_of(group.toggles);
    if (hidden.none()) continue;
    if (const auto label = group.label()) {
      result.hidden.emplace(*label, hidden);
    } else {
      result.settings.warnings.push_back(
          group.path + ": its name has variables, so that what any match collects is sent for it");
    }
  }
  return result;
}

}  // namespace proctally::plugins::collectd
