#include "plugins/collectd/lexer_traps.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace proctally::plugins::collectd {
namespace {

// What `web-1` was before it became "web" and -1.
std::vector<ConfigValue> joined(const std::vector<ConfigValue>& values) {
  std::vector<ConfigValue> whole;
  for (const auto& value : values) {
    const auto* number = std::get_if<double>(&value);
    auto* before = whole.empty() ? nullptr : std::get_if<std::string>(&whole.back());
    if (number != nullptr && *number < 0 && before != nullptr) {
      *before += shown_value(value);
    } else {
      whole.push_back(value);
    }
  }
  return whole;
}

bool all_strings(const std::vector<ConfigValue>& values) {
  return std::ranges::all_of(
      values, [](const ConfigValue& value) { return std::holds_alternative<std::string>(value); });
}

std::string written(std::string_view word, const std::vector<ConfigValue>& values) {
  std::string line(word);
  for (const auto& value : values) line += " " + shown_value(value);
  return line;
}

std::string explain_count(const Statement& statement, const WantedStrings& wanted) {
  const auto& values = statement.item->values;
  const auto must = fmt::format("must be {}, {}, as in {}",
                                wanted.what.size() == 1 ? "1 string" : "2 strings in quotes",
                                fmt::join(wanted.what, " and "), wanted.example);
  if (values.empty()) return "has no value, " + must;
  const auto arrived = fmt::format("arrived as {} value{}, {}", values.size(),
                                   values.size() == 1 ? "" : "s", list_of(values));
  if (const auto whole = joined(values);
      whole.size() < values.size() && whole.size() == wanted.what.size() && all_strings(whole)) {
    return fmt::format("{}: write it in quotes: {}", arrived, written(statement.word, whole));
  }
  return fmt::format("{}; {}{}", arrived, must,
                     values.size() > wanted.what.size()
                         ? "; without quotes a sign such as - or . parts a word in two"
                         : "");
}

std::string explain_type(const ConfigValue& value, std::string_view what,
                         std::string_view example) {
  const auto arrived =
      std::holds_alternative<double>(value)
          ? fmt::format("the number {}, which may have been spelled otherwise", shown_value(value))
          : fmt::format("the boolean {}, as {} without quotes do", shown_value(value),
                        std::get<bool>(value) ? "true, yes and on" : "false, no and off");
  return fmt::format("{} arrived as {}; must be a string in quotes, as in {}", what, arrived,
                     example);
}

bool is_one_of(std::string_view text, const std::array<std::string_view, 3>& words) {
  return std::ranges::any_of(words,
                             [text](std::string_view word) { return is_same_word(text, word); });
}

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::optional<std::vector<std::string>> read_strings(const Statement& statement,
                                                     const WantedStrings& wanted,
                                                     Findings& findings) {
  const auto& values = statement.item->values;
  if (values.size() != wanted.what.size()) {
    findings.problem(statement.path, explain_count(statement, wanted));
    return std::nullopt;
  }
  std::vector<std::string> strings;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (const auto* text = std::get_if<std::string>(&values[i])) {
      strings.push_back(*text);
    } else {
      findings.problem(statement.path, explain_type(values[i], wanted.what[i], wanted.example));
    }
  }
  if (strings.size() != values.size()) return std::nullopt;
  return strings;
}

std::optional<bool> read_boolean(const Statement& statement, Findings& findings) {
  constexpr std::array<std::string_view, 3> kTrue = {"true", "yes", "on"};
  constexpr std::array<std::string_view, 3> kFalse = {"false", "no", "off"};
  const auto& values = statement.item->values;
  if (values.size() != 1) {
    findings.problem(statement.path,
                     values.empty() ? "has no value, must be true or false"
                                    : fmt::format("arrived as {} values, {}; must be true or false",
                                                  values.size(), list_of(values)));
    return std::nullopt;
  }
  if (const auto* boolean = std::get_if<bool>(&values.front())) return *boolean;
  if (const auto* text = std::get_if<std::string>(&values.front())) {
    if (is_one_of(*text, kTrue)) return true;
    if (is_one_of(*text, kFalse)) return false;
  }
  findings.problem(statement.path,
                   fmt::format("is {}, must be true or false", shown_value(values.front())));
  return std::nullopt;
}

std::optional<char> letter_without_backslash(std::string_view expression) {
  constexpr std::string_view kLetters = "dwsDWSbB";
  constexpr std::string_view kRepetitions = "+*{?";
  constexpr std::string_view kBeforeNumbers = "=:/";
  for (std::size_t i = 0; i < expression.size(); ++i) {
    if (kLetters.find(expression[i]) == std::string_view::npos) continue;
    const char before = i > 0 ? expression[i - 1] : ' ';
    const char behind = i + 1 < expression.size() ? expression[i + 1] : ' ';
    if (before == '\\') continue;
    const bool is_repeated = kRepetitions.find(behind) != std::string_view::npos;
    // "v\d+", where hardly anybody means many of a letter; "https?" and "logs*" are words.
    if (behind == '+' || (is_repeated && !is_letter_or_digit(before))) return expression[i];
    // "id=\d".
    const bool stands_for_one = kBeforeNumbers.find(before) != std::string_view::npos &&
                                (expression[i] == 'd' || expression[i] == 'w');
    if (stands_for_one && !is_letter_or_digit(behind)) return expression[i];
  }
  return std::nullopt;
}

}  // namespace proctally::plugins::collectd
