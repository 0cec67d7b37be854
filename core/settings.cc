#include "core/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/duration.h"
#include "core/naming/group_label.h"
#include "core/settings_checker.h"

namespace proctally {
namespace {

using Json = nlohmann::json;

// Without settings: every program by its name, and the kernel's threads in one group.
constexpr std::string_view kDefaultProcessNames = R"([
  {"name": "kernel", "kernel_thread": true},
  {"name": "{{.Comm}}", "kernel_thread": false}
])";
// process-exporter's.
constexpr std::string_view kDefaultName = "{{.ExeBase}}";
constexpr std::string_view kDefaultGroupTtl = "1h";
constexpr std::size_t kDefaultMaxGroups = 1000;
constexpr std::size_t kMostGroups = 100'000;

const Json* find(const Json& object, std::string_view key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

// RE2 says "missing ]: [" of "a([": its own words, and then the whole expression.
std::string explain(const RE2& expression, const std::string& text) {
  std::string_view message = expression.error();
  const auto& argument = expression.error_arg();
  if (message.ends_with(argument)) message.remove_suffix(argument.size());
  while (message.ends_with(' ') || message.ends_with(':')) message.remove_suffix(1);
  auto explained = fmt::format("{}: {}", message, dump(text));
  const bool is_back_reference = expression.error_code() == RE2::ErrorBadEscape &&
                                 argument.size() > 1 && argument[1] >= '1' && argument[1] <= '9';
  if (expression.error_code() == RE2::ErrorBadPerlOp || is_back_reference) {
    explained += "; RE2 has no look-around and no back-references";
  }
  return explained;
}

// Go's expressions may not, and which of the two would count?
std::optional<std::string> name_captured_twice(const RE2& expression) {
  auto names = naming::capture_names_of(expression);
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end()) return std::nullopt;
  return *twice;
}

std::vector<std::shared_ptr<const RE2>> compile(SettingsChecker& check,
                                                const std::vector<std::string>& texts,
                                                const std::string& path) {
  std::vector<std::shared_ptr<const RE2>> expressions;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    RE2::Options options;
    options.set_log_errors(false);
    auto expression = std::make_shared<const RE2>(texts[i], options);
    if (!expression->ok()) {
      check.problem(path_of(path, i), explain(*expression, texts[i]));
    } else if (const auto name = name_captured_twice(*expression)) {
      check.problem(path_of(path, i),
                    fmt::format("captures (?P<{}>...) twice: {}", *name, dump(texts[i])));
    }
    expressions.push_back(std::move(expression));
  }
  return expressions;
}

void warn_of_long_comm(SettingsChecker& check, const std::vector<std::string>& names,
                       const std::string& path) {
  constexpr std::size_t kCommBytes = 15;  // TASK_COMM_LEN - 1
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].size() <= kCommBytes) continue;
    // Where that splits a code point, no file of settings can hold what is left.
    const auto cut = names[i].substr(0, naming::place_to_cut(names[i], kCommBytes));
    const auto advice = cut.size() == kCommBytes ? fmt::format("write {} or use exe", dump(cut))
                                                 : std::string("use exe");
    check.warning(path_of(path, i),
                  fmt::format("the kernel cuts names at {} bytes, so no program is called {}; {}",
                              kCommBytes, dump(names[i]), advice));
  }
}

naming::Selectors read_selectors(SettingsChecker& check, const Json& item,
                                 const std::string& path) {
  naming::Selectors selectors;
  const auto read_list = [&](std::string_view key, std::vector<std::string>& into) {
    const auto* value = find(item, key);
    if (value == nullptr) return;
    if (auto texts = check.strings(*value, path_of(path, key))) into = std::move(*texts);
  };
  read_list("comm", selectors.comm);
  read_list("exe", selectors.exe);
  read_list("exe_path", selectors.exe_path);
  read_list("user", selectors.user);
  read_list("cgroup", selectors.cgroup);
  std::vector<std::string> expressions;
  read_list("cmdline", expressions);
  selectors.cmdline = compile(check, expressions, path_of(path, "cmdline"));
  if (const auto* value = find(item, "kernel_thread")) {
    selectors.kernel_thread = check.boolean(*value, path_of(path, "kernel_thread"));
  }
  if (!selectors.kernel_thread.value_or(false)) {
    warn_of_long_comm(check, selectors.comm, path_of(path, "comm"));
  }
  return selectors;
}

std::optional<naming::NameTemplate> read_name(SettingsChecker& check, const Json& item,
                                              const std::string& path,
                                              const naming::Selectors& selectors) {
  const auto name_path = path_of(path, "name");
  std::string text(kDefaultName);
  if (const auto* value = find(item, "name")) {
    const auto given = check.string(*value, name_path);
    if (!given) return std::nullopt;
    text = *given;
  }
  std::vector<std::string> captures;
  for (const auto& expression : selectors.cmdline) {
    if (!expression->ok()) return std::nullopt;  // Which names it captures is not known.
    std::ranges::copy(naming::capture_names_of(*expression), std::back_inserter(captures));
  }
  try {
    return naming::NameTemplate(text, captures);
  } catch (const std::invalid_argument& error) {
    check.problem(name_path, error.what());
    return std::nullopt;
  }
}

std::optional<naming::Rule> read_item(SettingsChecker& check, const Json& item,
                                      const std::string& path) {
  static const std::vector<std::string_view> kSelectors = {
      "comm", "exe", "cmdline", "user", "cgroup", "exe_path", "kernel_thread"};
  static const std::vector<std::string_view> kKeys = [] {
    auto keys = kSelectors;
    keys.insert(keys.begin(), {"name", "exclude"});
    return keys;
  }();
  if (!check.object(item, path, kKeys)) return std::nullopt;
  if (std::ranges::none_of(kSelectors,
                           [&](std::string_view key) { return find(item, key) != nullptr; })) {
    check.problem(path, fmt::format("has no selector, must have at least one of: {}",
                                    fmt::join(kSelectors, ", ")));
  }
  auto selectors = read_selectors(check, item, path);
  bool excludes = false;
  if (const auto* value = find(item, "exclude")) {
    excludes = check.boolean(*value, path_of(path, "exclude")).value_or(false);
  }
  if (!excludes) {
    auto name = read_name(check, item, path, selectors);
    if (!name) return std::nullopt;
    return naming::Rule(std::move(selectors), std::move(name));
  }
  if (find(item, "name") != nullptr) {
    check.problem(path_of(path, "name"), "has no use where exclude is true; leave one of them out");
  }
  return naming::Rule(std::move(selectors), std::nullopt);
}

FamilySet read_families(SettingsChecker& check, const Json& value) {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < kFamilyCount; ++i) names.push_back(name_of(static_cast<Family>(i)));
    return names;
  }();
  FamilySet families;
  if (!check.list(value, "collect", fmt::format("{}", fmt::join(kNames, ", ")))) return families;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto family = check.choice(value[i], path_of("collect", i), kNames);
    if (!family) continue;
    if (families[*family]) {
      check.problem(path_of("collect", i),
                    fmt::format("{} stands in the list twice", kNames[*family]));
    }
    families.set(*family);
  }
  return families;
}

// What needs no escaping anywhere, and cannot be mistaken for a field or for Telegraf's own tag.
void check_identifier(SettingsChecker& check, std::string_view path, const std::string& text) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  constexpr std::size_t kMaxBytes = 64;
  if (text.size() > kMaxBytes || text.find_first_not_of(kLetters) != std::string::npos) {
    check.problem(path, fmt::format("is {}, must be 1 to {} of the characters a-z A-Z 0-9 _ . -",
                                    shown(text), kMaxBytes));
  }
}

void check_group_tag(SettingsChecker& check, const std::string& tag) {
  // InfluxDB discards points with these as tags without a word; Telegraf sets host.
  constexpr std::array<std::string_view, 4> kReserved = {"host", "time", "_field", "_measurement"};
  const bool is_field = std::ranges::any_of(
      kMetrics, [&tag](const GroupMetricInfo& metric) { return metric.name == tag; });
  if (is_field || std::ranges::count(kReserved, tag) > 0) {
    check.problem("group_tag",
                  fmt::format("is {}, which is {}; choose another, such as groupname", shown(tag),
                              is_field ? "the name of a field" : "used by Telegraf or InfluxDB"));
  }
}

nlohmann::ordered_json effective_of(const Settings& settings, const Json& process_names) {
  nlohmann::ordered_json effective;
  effective["process_names"] = nlohmann::ordered_json::parse(dump(process_names));
  effective["children"] = settings.children;
  auto& collect = effective["collect"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    if (settings.collect[i]) collect.push_back(name_of(static_cast<Family>(i)));
  }
  effective["baseline"] = settings.baseline == Baseline::start ? "start" : "lifetime";
  effective["max_groups"] = settings.max_groups;
  effective["group_ttl"] = format_duration(settings.group_ttl_ns);
  effective["measurement"] = settings.measurement;
  effective["group_tag"] = settings.group_tag;
  return effective;
}

}  // namespace

SettingsError::SettingsError(std::vector<std::string> problems)
    : std::runtime_error(fmt::format("{}", fmt::join(problems, "\n"))),
      problems_(std::move(problems)) {}

Settings validate_settings(const Json& raw) {
  static const std::vector<std::string_view> kKeys = {"process_names", "children",   "collect",
                                                      "baseline",      "max_groups", "group_ttl",
                                                      "measurement",   "group_tag"};
  SettingsChecker check;
  Settings settings;
  if (!check.object(raw, "", kKeys)) throw SettingsError(std::move(check.problems));

  // A copy: with the values left out filled in, it is also what `effective` shows.
  auto items = raw.value("process_names", Json::parse(kDefaultProcessNames));
  if (check.list(items, "process_names", "items such as {\"comm\": [\"nginx\"]}")) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      auto rule = read_item(check, items[i], path_of("process_names", i));
      if (!rule) continue;
      if (!rule->excludes()) items[i]["name"] = rule->name().text();
      settings.rules.push_back(std::move(*rule));
    }
  }
  const auto value_or = [&raw](std::string_view key, const Json& fallback) {
    const auto* value = find(raw, key);
    return value != nullptr ? *value : fallback;
  };
  settings.children = check.boolean(value_or("children", true), "children").value_or(true);
  settings.collect = FamilySet().set();
  if (const auto* value = find(raw, "collect")) settings.collect = read_families(check, *value);
  settings.baseline = static_cast<Baseline>(
      check.choice(value_or("baseline", "start"), "baseline", {"start", "lifetime"}).value_or(0));
  settings.max_groups =
      check.number(value_or("max_groups", kDefaultMaxGroups), "max_groups", 1, kMostGroups)
          .value_or(kDefaultMaxGroups);
  settings.group_ttl_ns =
      check.duration(value_or("group_ttl", kDefaultGroupTtl), "group_ttl").value_or(0);
  if (auto text = check.string(value_or("measurement", "proctally"), "measurement")) {
    check_identifier(check, "measurement", *text);
    if (*text == "proctally_self") {
      check.problem(
          "measurement",
          "is \"proctally_self\", which is the row about proctally itself; choose another, "
          "such as proctally");
    }
    settings.measurement = std::move(*text);
  }
  if (auto text = check.string(value_or("group_tag", "groupname"), "group_tag")) {
    check_identifier(check, "group_tag", *text);
    check_group_tag(check, *text);
    settings.group_tag = std::move(*text);
  }
  if (!check.problems.empty()) throw SettingsError(std::move(check.problems));
  settings.warnings = std::move(check.warnings);
  settings.effective = effective_of(settings, items).dump(2);
  return settings;
}

}  // namespace proctally
