#include "core/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/duration.h"
#include "core/settings_checker.h"
#include "core/settings_rule.h"

namespace proctally {
namespace {

using Json = nlohmann::json;

// Without settings: every program by its name, and the kernel's threads in one group.
constexpr std::string_view kDefaultProcessNames = R"([
  {"name": "kernel", "kernel_thread": true},
  {"name": "{{.Comm}}", "kernel_thread": false}
])";
constexpr std::string_view kDefaultGroupTtl = "1h";
constexpr std::size_t kDefaultMaxGroups = 1000;
constexpr std::size_t kMostGroups = 100'000;
constexpr std::string_view kDefaultRecheckFor = "1m";
constexpr std::string_view kDefaultPssBudget = "2ms";
constexpr std::string_view kDefaultPssDeadline = "20ms";

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

std::int64_t read_pss_time(SettingsChecker& check, const Json& value, std::string_view path) {
  constexpr std::int64_t kLeastNs = 10'000;
  constexpr std::int64_t kMostNs = 10'000'000'000;
  const auto ns = check.duration(value, path);
  if (ns && (*ns < kLeastNs || *ns > kMostNs)) {
    check.problem(path, fmt::format("is {}, must be a time from 10us to 10s", shown(value)));
  }
  return ns.value_or(kMostNs);
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
  // The second tag of the rows of threads.
  constexpr std::array<std::string_view, 2> kOfThreads = {"threadname", "wchan"};
  const auto refuse = [&](std::string_view why) {
    check.problem("group_tag", fmt::format("is {}, which is {}; choose another, such as groupname",
                                           shown(tag), why));
  };
  const auto has_name = [&tag](const auto& info) { return info.name == tag; };
  if (std::ranges::any_of(kMetrics, has_name) || std::ranges::any_of(kThreadMetrics, has_name)) {
    refuse("the name of a field");
  } else if (std::ranges::count(kReserved, tag) > 0) {
    refuse("used by Telegraf or InfluxDB");
  } else if (std::ranges::count(kOfThreads, tag) > 0) {
    refuse("a tag of the rows of threads");
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
  effective["remove_empty_groups"] = settings.remove_empty_groups;
  if (settings.top) effective["top"] = *settings.top;
  effective["recheck_for"] = format_duration(settings.recheck_for_ns);
  effective["pss_budget"] = format_duration(settings.pss_budget_ns);
  effective["pss_deadline"] = format_duration(settings.pss_deadline_ns);
  effective["measurement"] = settings.measurement;
  effective["group_tag"] = settings.group_tag;
  return effective;
}

}  // namespace

SettingsError::SettingsError(std::vector<std::string> problems)
    : std::runtime_error(fmt::format("{}", fmt::join(problems, "\n"))),
      problems_(std::move(problems)) {}

Settings validate_settings(const Json& raw) {
  static const std::vector<std::string_view> kKeys = {"process_names",
                                                      "children",
                                                      "collect",
                                                      "baseline",
                                                      "max_groups",
                                                      "group_ttl",
                                                      "remove_empty_groups",
                                                      "top",
                                                      "recheck_for",
                                                      "pss_budget",
                                                      "pss_deadline",
                                                      "measurement",
                                                      "group_tag"};
  SettingsChecker check;
  Settings settings;
  if (!check.object(raw, "", kKeys)) throw SettingsError(std::move(check.problems));

  // A copy: with the values left out filled in, it is also what `effective` shows.
  auto items = raw.value("process_names", Json::parse(kDefaultProcessNames));
  if (check.list(items, "process_names", "items such as {\"comm\": [\"nginx\"]}")) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      auto rule = read_rule(check, items[i], path_of("process_names", i));
      if (!rule) continue;
      if (!rule->excludes()) items[i]["name"] = rule->name().text();
      settings.rules.push_back(std::move(*rule));
    }
  }
  const auto value_or = [&raw](std::string_view key, const Json& fallback) {
    const auto* value = find_key(raw, key);
    return value != nullptr ? *value : fallback;
  };
  settings.children = check.boolean(value_or("children", true), "children").value_or(true);
  settings.collect = default_families();
  if (const auto* value = find_key(raw, "collect")) settings.collect = read_families(check, *value);
  settings.baseline = static_cast<Baseline>(
      check.choice(value_or("baseline", "start"), "baseline", {"start", "lifetime"}).value_or(0));
  settings.max_groups =
      check.number(value_or("max_groups", kDefaultMaxGroups), "max_groups", 1, kMostGroups)
          .value_or(kDefaultMaxGroups);
  settings.group_ttl_ns =
      check.duration(value_or("group_ttl", kDefaultGroupTtl), "group_ttl").value_or(0);
  settings.remove_empty_groups =
      check.boolean(value_or("remove_empty_groups", false), "remove_empty_groups").value_or(false);
  if (const auto* value = find_key(raw, "top")) {
    settings.top = check.number(*value, "top", 1, kMostGroups);
  }
  settings.recheck_for_ns =
      check.duration(value_or("recheck_for", kDefaultRecheckFor), "recheck_for").value_or(0);
  settings.pss_budget_ns =
      read_pss_time(check, value_or("pss_budget", kDefaultPssBudget), "pss_budget");
  settings.pss_deadline_ns =
      read_pss_time(check, value_or("pss_deadline", kDefaultPssDeadline), "pss_deadline");
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
