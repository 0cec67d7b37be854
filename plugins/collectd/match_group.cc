#include "plugins/collectd/match_group.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/naming/group_label.h"
#include "core/settings.h"
#include "core/settings_checker.h"
#include "plugins/collectd/lexer_traps.h"
#include "plugins/collectd/posix_expressions.h"
#include "plugins/collectd/settings_path.h"

namespace proctally::plugins::collectd {
namespace {

using Json = nlohmann::json;
using Kind = MatchGroup::Kind;

bool is_template(std::string_view name) { return name.find("{{") != std::string_view::npos; }

void warn_of_lost_backslash(const MatchGroup& group, Findings& findings) {
  const auto letter = letter_without_backslash(group.expression);
  if (!letter) return;
  findings.warning(group.path + " / regular expression",
                   fmt::format("arrived as {}, where a backslash seems lost before {}; in "
                               "collectd.conf one is written twice: \"\\\\{}\"; if the letter "
                               "itself is meant, write [{}]",
                               in_quotes(group.expression), *letter, *letter, *letter));
}

void warn_of_posix(const MatchGroup& group, Findings& findings) {
  if (const auto meaning = explain_posix(group.expression)) {
    findings.warning(group.path + " / regular expression", *meaning);
  }
}

// As in POSIX's expressions, a line break in an argument does not end what .* finds.
constexpr std::string_view kDotMatchesAll = "(?s)";

std::string expression_for_core(const MatchGroup& group) {
  // What is empty is a mistake that core tells of.
  return group.expression.empty() ? std::string() : std::string(kDotMatchesAll) + group.expression;
}

// Core shows strings whole, a name of many thousand letters too.
std::string shortened(std::string text, const std::string& part, const std::string& shown) {
  const auto whole = dump(part);
  if (const auto at = text.find(whole); at != std::string::npos) {
    text.replace(at, whole.size(), in_quotes(shown));
  }
  return text;
}

std::string path_in(const MatchGroup& group, std::string_view key) {
  if (group.kind == Kind::process_match && key == "name") return group.path + " / name";
  if (group.kind == Kind::process_match && key == "cmdline") {
    return group.path + " / regular expression";
  }
  return group.path;
}

void translate_problem(const std::vector<MatchGroup>& groups, const std::string& path,
                       std::string_view problem, Findings& findings) {
  const auto found = split_problem(problem);
  if (found.list != "process_names" || !found.index || *found.index >= groups.size()) {
    findings.problem(path, found.text);
    return;
  }
  const auto& group = groups[*found.index];
  auto text = shortened(found.text, expression_for_core(group), group.expression);
  text = shortened(std::move(text), group.name, group.name);
  // Who has a backslash in it knows how to write one.
  if (found.key == "cmdline" && !group.expression.empty() &&
      group.expression.find('\\') == std::string::npos) {
    text += fmt::format("; {}", kBackslashHint);
  }
  findings.problem(path_in(group, found.key), text);
}

void translate_warning(const std::vector<MatchGroup>& groups, const std::string& path,
                       std::string_view warning, Findings& findings) {
  const auto found = split_problem(warning);
  if (found.list != "process_names" || !found.index || *found.index >= groups.size()) {
    findings.warning(path, found.text);
    return;
  }
  const auto& group = groups[*found.index];
  constexpr std::size_t kCommBytes = 15;  // TASK_COMM_LEN - 1
  if (found.key != "comm" || group.name.size() <= kCommBytes) {
    findings.warning(path_in(group, found.key), found.text);
    return;
  }
  const auto cut = group.name.substr(0, naming::place_to_cut(group.name, kCommBytes));
  const auto advice = cut.size() == kCommBytes
                          ? fmt::format("write Process {} or use ProcessMatch", in_quotes(cut))
                          : std::string("use ProcessMatch");
  findings.warning(group.path,
                   fmt::format("the kernel cuts names at {} bytes, so no program is called {}; {}",
                               kCommBytes, in_quotes(group.name), advice));
}

}  // namespace

std::optional<std::string> MatchGroup::label() const {
  // The comm of a Process is its group's name as it is.
  if (kind == Kind::process_match && is_template(name)) return std::nullopt;
  return naming::make_group_label(name);
}

std::optional<MatchGroup> read_match(const Statement& statement, Toggles toggles,
                                     Findings& findings) {
  static const WantedStrings kProcess = {{"the name of one program"}, R"(Process "php-fpm")"};
  static const WantedStrings kProcessMatch = {{"the group's name", "the regular expression"},
                                              R"(ProcessMatch "shop" "java .*shop")"};
  MatchGroup group;
  group.kind = statement.word == word::kProcess ? Kind::process : Kind::process_match;
  group.path = statement.path;
  const auto strings =
      read_strings(statement, group.kind == Kind::process ? kProcess : kProcessMatch, findings);
  for (const auto& inner : statements_of(*statement.item, statement.path, Level::match, findings)) {
    read_toggle(inner, toggles, findings);
  }
  if (!strings) return std::nullopt;
  group.name = strings->front();
  if (group.kind == Kind::process_match) group.expression = strings->back();
  group.toggles = toggles;
  return group;
}

Json process_names_of(const std::vector<MatchGroup>& groups) {
  auto items = Json::array();
  for (const auto& group : groups) {
    if (group.kind == Kind::process) {
      // A literal name cannot hold {{.
      const auto name = is_template(group.name) ? std::string("{{.Comm}}") : group.name;
      items.push_back({{"name", name}, {"comm", Json::array({group.name})}});
    } else {
      items.push_back(
          {{"name", group.name}, {"cmdline", Json::array({expression_for_core(group)})}});
    }
  }
  return items;
}

void check_groups(const std::vector<MatchGroup>& groups, const std::string& path,
                  Findings& findings) {
  if (groups.empty()) return;
  try {
    const auto settings = validate_settings({{"process_names", process_names_of(groups)}});
    for (const auto& warning : settings.warnings)
      translate_warning(groups, path, warning, findings);
  } catch (const SettingsError& error) {
    for (const auto& problem : error.problems()) translate_problem(groups, path, problem, findings);
  }
  for (const auto& group : groups) {
    warn_of_lost_backslash(group, findings);
    warn_of_posix(group, findings);
  }
}

}  // namespace proctally::plugins::collectd
