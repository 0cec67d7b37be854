#include "core/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/duration.h"
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
  const auto argument = expression.error_arg();
  if (message.ends_with(argument)) message.remove_suffix(argument.size());
  while (message.ends_with(' ') || message.ends_with(':')) message.remove_suffix(1);
  auto explained = fmt::format("{}: {}", message, Json(text).dump());
  if (expression.error_code() == RE2::ErrorBadPerlOp) {
    explained += "; RE2 has no look-around and no back-references";
  }
  return explained;
}

std::vector<std::shared_ptr<const RE2>> compile(SettingsChecker& check,
                                                const std::vector<std::string>& texts,
                                                const std::string& path) {
  std::vector<std::shared_ptr<const RE2>> expressions;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    RE2::Options options;
    options.set_log_errors(false);
    auto expression = std::make_shared<const RE2>(texts[i], options);
    if (!expression->ok()) check.problem(path_of(path, i), explain(*expression, texts[i]));
    expressions.push_back(std::move(expression));
  }
  return expressions;
}

void warn_of_long_comm(SettingsChecker& check, const std::vector<std::string>& names,
                       const std::string& path) {
  constexpr std::size_t kCommBytes = 15;  // TASK_COMM_LEN - 1
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].size() <= kCommBytes) continue;
    check.warning(path_of(path, i),
                  fmt::format("the kernel cuts names at {} bytes, so no program is called {}; write "
                              "{} or use exe",
                              kCommBytes, Json(names[i]).dump(),
                              Json(names[i].substr(0, kCommBytes))
                                  .dump(-1, ' ', false, Json::error_handler_t::replace)));
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
      check.problem(path_of("collect", i), fmt::format("{} stands in the list twice", kNames[*family]));
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
                                    Json(text).dump(-1, ' ', false,
                                                    Json::error_handler_t::replace),
                                    kMaxBytes));
  }
}

void check_group_tag(SettingsChecker& check, const std::string& tag) {
  const bool is_field = std::ranges::any_of(
      kMetrics, [&tag](const GroupMetricInfo& metric) { return metric.name == tag; });
  if (is_field || tag == "host" || tag == "time") {
    check.problem("group_tag", fmt::format("is \"{}\", which is {}; choose another, such as groupname",
                                           tag,
                                           is_field ? "the name of a field" : "used by Telegraf"));
  }
}

nlohmann::ordered_json effective_of(const Settings& settings, const Json& process_names) {
  nlohmann::ordered_json effective;
  effective["process_names"] = nlohmann::ordered_json::parse(process_names.dump());
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
  static const std::vector<std::string_view> kKeys = {"process_names", "children",    "collect",
                                                      "baseline",      "max_groups",  "group_ttl",
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
  const auto value_or = [&raw](std::string_view key, Json fallback) {
    const auto* value = find(raw, key);
    return value != nullptr ? *value : std::move(fallback);
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
