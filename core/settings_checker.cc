#include "core/settings_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/duration.h"
#include "core/naming/group_label.h"

namespace proctally {
namespace {

// Levenshtein's: how many letters have to be changed, added or left out.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : a) {
    auto diagonal = row[0]++;
    for (std::size_t i = 1; i < row.size(); ++i) {
      const auto replaced = diagonal + (letter == b[i - 1] ? 0 : 1);
      diagonal = row[i];
      row[i] = std::min({replaced, row[i] + 1, row[i - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

const nlohmann::json* find_key(const nlohmann::json& object, std::string_view key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const auto nearest =
      std::min_element(known.begin(), known.end(), [word](std::string_view a, std::string_view b) {
        return edit_distance(word, a) < edit_distance(word, b);
      });
  const auto is_near = edit_distance(word, *nearest) <= std::max<std::size_t>(1, word.size() / 3);
  return is_near ? fmt::format("did you mean {}?", *nearest)
                 : fmt::format("allowed: {}", fmt::join(known, ", "));
}

std::string dump(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string shown(const nlohmann::json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  constexpr std::size_t kMaxBytes = 60;
  auto text = dump(value);
  if (text.size() <= kMaxBytes) return text;
  text.resize(naming::place_to_cut(text, kMaxBytes));
  return text + "...";
}

std::string path_of(std::string_view parent, std::string_view key) {
  return parent.empty() ? std::string(key) : fmt::format("{}.{}", parent, key);
}

std::string path_of(std::string_view parent, std::size_t index) {
  return fmt::format("{}[{}]", parent, index);
}

void SettingsChecker::problem(std::string_view path, std::string_view text) {
  // A file that is something else altogether has a problem in every line.
  constexpr std::size_t kMostProblems = 100;
  if (problems.size() > kMostProblems) return;
  if (problems.size() == kMostProblems) {
    problems.emplace_back("settings: more problems than these; mend them first");
    return;
  }
  problems.push_back(fmt::format("{}: {}", path.empty() ? "settings" : path, text));
}

void SettingsChecker::warning(std::string_view path, std::string_view text) {
  warnings.push_back(fmt::format("{}: {}", path, text));
}

bool SettingsChecker::object(const Json& value, std::string_view path,
                             const std::vector<std::string_view>& known) {
  if (!value.is_object()) {
    problem(path, fmt::format("is {}, must be an object: {{...}}", shown(value)));
    return false;
  }
  for (const auto& [key, unused] : value.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    problem(path_of(path, key), fmt::format("unknown setting; {}", suggestion(key, known)));
  }
  return true;
}

std::optional<bool> SettingsChecker::boolean(const Json& value, std::string_view path) {
  if (value.is_boolean()) return value.get<bool>();
  problem(path, fmt::format("is {}, must be true or false", shown(value)));
  return std::nullopt;
}

std::optional<std::uint64_t> SettingsChecker::number(const Json& value, std::string_view path,
                                                     std::uint64_t least, std::uint64_t most) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number >= least && number <= most) return number;
  }
  problem(path,
          fmt::format("is {}, must be a whole number from {} to {}", shown(value), least, most));
  return std::nullopt;
}

std::optional<std::int64_t> SettingsChecker::duration(const Json& value, std::string_view path) {
  if (value.is_string()) {
    if (const auto ns = parse_duration(value.get_ref<const std::string&>())) return ns;
  }
  problem(path, fmt::format("is {}, must be a duration such as \"30s\", \"10m\" or \"1h30m\"",
                            shown(value)));
  return std::nullopt;
}

std::optional<std::string> SettingsChecker::string(const Json& value, std::string_view path) {
  if (!value.is_string()) {
    problem(path, fmt::format("is {}, must be a string", shown(value)));
    return std::nullopt;
  }
  auto text = value.get<std::string>();
  if (text.find('\0') != std::string::npos) {
    problem(path, fmt::format("is {}, must not contain a NUL character", shown(value)));
    return std::nullopt;
  }
  if (!text.empty()) return text;
  problem(path, "is empty, must be a string of at least one character");
  return std::nullopt;
}

std::optional<std::size_t> SettingsChecker::choice(const Json& value, std::string_view path,
                                                   const std::vector<std::string_view>& allowed) {
  if (value.is_string()) {
    const auto& word = value.get_ref<const std::string&>();
    const auto found = std::find(allowed.begin(), allowed.end(), word);
    if (found != allowed.end()) return static_cast<std::size_t>(found - allowed.begin());
    problem(path, fmt::format("is {}; {}", shown(value), suggestion(word, allowed)));
  } else {
    problem(path, fmt::format("is {}, must be one of: {}", shown(value), fmt::join(allowed, ", ")));
  }
  return std::nullopt;
}

bool SettingsChecker::list(const Json& value, std::string_view path, std::string_view of_what) {
  if (!value.is_array()) {
    problem(path, fmt::format("is {}, must be a list of {}: [...]", shown(value), of_what));
    return false;
  }
  if (!value.empty()) return true;
  problem(path, fmt::format("is an empty list, must be a list of {} that is not empty", of_what));
  return false;
}

std::optional<std::vector<std::string>> SettingsChecker::strings(const Json& value,
                                                                 std::string_view path) {
  if (!list(value, path, "strings")) return std::nullopt;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto text = string(value[i], path_of(path, i));
    if (!text) continue;
    const auto first = std::find(texts.begin(), texts.end(), *text);
    if (first != texts.end()) {
      warning(path_of(path, i), fmt::format("{} stands in the list twice", shown(value[i])));
    }
    texts.push_back(*text);
  }
  if (texts.size() != value.size()) return std::nullopt;
  return texts;
}

}  // namespace proctally
