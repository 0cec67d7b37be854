#include "plugins/collectd/config_file.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "core/settings_file.h"
#include "plugins/collectd/lexer_traps.h"

namespace proctally::plugins::collectd {
namespace {

constexpr std::string_view kExample = R"(Config "/etc/proctally/proctally.json")";

bool has_ending(std::string_view file, std::string_view ending) {
  return file.size() >= ending.size() &&
         is_same_word(file.substr(file.size() - ending.size()), ending);
}

// Why that file is not even opened; empty where it is.
std::string_view refusal(std::string_view file) {
  if (file.empty()) return "is empty, must be the absolute path of a settings file";
  if (!file.starts_with('/')) {
    return "must be an absolute path, as collectd may be started from anywhere";
  }
  if (has_ending(file, ".yml") || has_ending(file, ".yaml")) {
    return "this plugin reads JSON only; write the same settings as JSON";
  }
  return {};
}

void warn_of_other_names(const std::string& path, const Settings& settings, Findings& findings) {
  const auto compare = [&](std::string_view setting, const std::string& value,
                           std::string_view usual) {
    if (value == usual) return;
    findings.warning(path, fmt::format("{} is {}, but collectd's identifiers begin with proctally "
                                       "whatever it says",
                                       setting, in_quotes(value)));
  };
  compare("measurement", settings.measurement, "proctally");
  compare("group_tag", settings.group_tag, "groupname");
}

}  // namespace

std::optional<Settings> read_config_file(const Statement& statement, Findings& findings) {
  static const WantedStrings kWanted = {{"the path of a settings file"}, kExample};
  expect_line(statement, kExample, findings);
  const auto strings = read_strings(statement, kWanted, findings);
  if (!strings) return std::nullopt;
  const auto& file = strings->front();
  if (const auto why = refusal(file); !why.empty()) {
    findings.problem(statement.path, why);
    return std::nullopt;
  }
  try {
    auto settings = load_settings(file);
    for (const auto& warning : settings.warnings) findings.warning(statement.path, warning);
    warn_of_other_names(statement.path, settings, findings);
    return settings;
  } catch (const SettingsError& error) {
    const auto prefix = file + ": ";
    for (std::string_view problem : error.problems()) {
      if (problem.starts_with(prefix)) problem.remove_prefix(prefix.size());
      findings.problem(statement.path, problem);
    }
    return std::nullopt;
  }
}

}  // namespace proctally::plugins::collectd
