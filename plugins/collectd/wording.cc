#include "plugins/collectd/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/naming/group_label.h"
#include "core/settings_checker.h"

namespace proctally::plugins::collectd {
namespace {

void add(std::vector<std::string>& messages, std::string_view path, std::string_view text) {
  auto message = naming::escape_unprintable(fmt::format("{}: {}", path, text));
  if (std::ranges::count(messages, message) == 0) messages.push_back(std::move(message));
}

// Not the locale's.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

void Findings::problem(std::string_view path, std::string_view text) { add(problems, path, text); }

void Findings::warning(std::string_view path, std::string_view text) { add(warnings, path, text); }

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMostBytes = 60;
  std::string kept(text.substr(0, naming::place_to_cut(text, kMostBytes)));
  if (kept.size() < text.size()) kept += "...";
  return naming::escape_unprintable(dump(kept));
}

std::string shown_value(const ConfigValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return in_quotes(*text);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return std::get<bool>(value) ? "true" : "false";
}

std::string list_of(const std::vector<ConfigValue>& values) {
  constexpr std::size_t kMost = 6;
  std::string list;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) list += i + 1 == values.size() ? " and " : ", ";
    if (i == kMost) return list + "...";
    list += shown_value(values[i]);
  }
  return list;
}

std::string ordinal(std::size_t number) {
  const bool is_teen = number / 10 % 10 == 1;
  const auto digit = is_teen ? 0 : number % 10;
  return fmt::format("{}{}", number,
                     digit == 1   ? "st"
                     : digit == 2 ? "nd"
                     : digit == 3 ? "rd"
                                  : "th");
}

bool is_same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace proctally::plugins::collectd
