#include "core/settings_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/naming/group_label.h"

namespace proctally {
namespace {

using Json = nlohmann::json;

// process-exporter's.
constexpr std::string_view kDefaultName = "{{.ExeBase}}";

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
    const auto* value = find_key(item, key);
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
  if (const auto* value = find_key(item, "kernel_thread")) {
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
  if (const auto* value = find_key(item, "name")) {
    const auto given = check.string(*value, name_path);
    if (!given) return std::nullopt;
    text = *given;
  }
  std::vector<std::string> captures;
  for (const auto& expression : selectors.cmdline) {
    if (!expression->ok()) return std::nullopt;  // Which names it captures is not known.
    std::ranges::copy(naming::capture_names_of(*expression), std::back_inserter(captures));
  }
  const bool has_group = std::ranges::any_of(selectors.cmdline, [](const auto& expression) {
    return expression->NumberOfCapturingGroups() > 0;
  });
  try {
    naming::NameTemplate name(text, captures);
    if (name.shows_first_capture() && !has_group) {
      check.problem(name_path,
                    "{{.Capture}} is what a group (...) of the item's cmdline captures, "
                    "which has none");
    }
    return name;
  } catch (const std::invalid_argument& error) {
    check.problem(name_path, error.what());
    return std::nullopt;
  }
}

// The names that an item may give; none: any.
std::vector<std::string> read_names(SettingsChecker& check, const Json& item,
                                    const std::string& path,
                                    const std::optional<naming::NameTemplate>& name) {
  const auto* value = find_key(item, "names");
  if (value == nullptr) return {};
  const auto names_path = path_of(path, "names");
  auto names = check.strings(*value, names_path);
  if (!names) return {};
  if (name && name->is_constant() && std::ranges::count(*names, name->text()) == 0) {
    check.problem(names_path,
                  fmt::format("has no {}, which is the item's name, so that it never matches",
                              dump(name->text())));
  }
  return std::move(*names);
}

}  // namespace

std::optional<naming::Rule> read_rule(SettingsChecker& check, const Json& item,
                                      const std::string& path) {
  static const std::vector<std::string_view> kSelectors = {
      "comm", "exe", "cmdline", "user", "cgroup", "exe_path", "kernel_thread"};
  static const std::vector<std::string_view> kKeys = [] {
    auto keys = kSelectors;
    keys.insert(keys.begin(), {"name", "names", "exclude", "threads"});
    return keys;
  }();
  if (!check.object(item, path, kKeys)) return std::nullopt;
  if (std::ranges::none_of(kSelectors,
                           [&](std::string_view key) { return find_key(item, key) != nullptr; })) {
    check.problem(path, fmt::format("has no selector, must have at least one of: {}",
                                    fmt::join(kSelectors, ", ")));
  }
  auto selectors = read_selectors(check, item, path);
  bool excludes = false;
  if (const auto* value = find_key(item, "exclude")) {
    excludes = check.boolean(*value, path_of(path, "exclude")).value_or(false);
  }
  auto threads = naming::ThreadDetail::none;
  if (const auto* value = find_key(item, "threads")) {
    const bool is_wanted = check.boolean(*value, path_of(path, "threads")).value_or(false);
    if (is_wanted) threads = naming::ThreadDetail::by_name;
    if (is_wanted && excludes) {
      check.problem(path_of(path, "threads"),
                    "has no use where exclude is true; leave one of them out");
    }
  }
  if (!excludes) {
    auto name = read_name(check, item, path, selectors);
    auto names = read_names(check, item, path, name);
    if (!name) return std::nullopt;
    return naming::Rule(std::move(selectors), std::move(name), threads, std::move(names));
  }
  for (const std::string_view key : {"name", "names"}) {
    if (find_key(item, key) == nullptr) continue;
    check.problem(path_of(path, key), "has no use where exclude is true; leave one of them out");
  }
  return naming::Rule(std::move(selectors), std::nullopt);
}

}  // namespace proctally
