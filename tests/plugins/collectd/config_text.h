#pragma once

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "plugins/collectd/config_item.h"

namespace proctally::plugins::collectd::test {

/// The values of a line, with the traps of collectd's lexer (src/liboconfig/scanner.l): the longest
/// of a word and a number wins, a backslash in quotes vanishes, other signs outside of them do too.
inline std::vector<ConfigValue> values_in(const std::string& line) {
  static const std::regex kQuoted(R"re("(([^\\"]|\\.)*)")re");
  static const std::regex kNumber(
      R"([+-]?[0-9]*\.[0-9]+([eE][+-][0-9]+)?|0[xX][0-9a-fA-F]+|[+-]?[0-9]+)");
  static const std::regex kWord("[0-9A-Za-z_]+");
  static const std::regex kBackslash(R"(\\(.))");
  constexpr auto kHere = std::regex_constants::match_continuous;
  std::vector<ConfigValue> values;
  for (auto at = line.begin(); at != line.end();) {
    std::smatch quoted;
    std::smatch number;
    std::smatch word;
    if (std::regex_search(at, line.end(), quoted, kQuoted, kHere)) {
      values.emplace_back(std::regex_replace(quoted.str(1), kBackslash, "$1"));
      at = quoted[0].second;
      continue;
    }
    std::regex_search(at, line.end(), number, kNumber, kHere);
    std::regex_search(at, line.end(), word, kWord, kHere);
    const auto text = word.str();
    if (number.length() > 0 && number.length() >= word.length()) {
      values.emplace_back(std::strtod(number.str().c_str(), nullptr));
    } else if (text == "true" || text == "yes" || text == "on") {
      values.emplace_back(true);
    } else if (text == "false" || text == "no" || text == "off") {
      values.emplace_back(false);
    } else if (!text.empty()) {
      values.emplace_back(text);
    }
    at += std::max<std::ptrdiff_t>({number.length(), word.length(), 1});
  }
  return values;
}

/// The <Plugin proctally> block that these lines stand in, as collectd hands it over; `name` is
/// what follows the word Plugin.
inline ConfigItem block_of(const std::string& lines, const std::string& name = "proctally") {
  std::vector<ConfigItem> open = {{.key = "Plugin", .values = values_in(name), .children = {}}};
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    line.erase(0, line.find_first_not_of(' '));
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("</")) {
      auto closed = std::move(open.back());
      open.pop_back();
      open.back().children.push_back(std::move(closed));
      continue;
    }
    const bool is_block = line.front() == '<';
    if (is_block) line = line.substr(1, line.rfind('>') - 1);
    const auto end = std::min(line.find(' '), line.size());
    ConfigItem item{
        .key = line.substr(0, end), .values = values_in(line.substr(end)), .children = {}};
    if (is_block) {
      open.push_back(std::move(item));
    } else {
      open.back().children.push_back(std::move(item));
    }
  }
  return std::move(open.front());
}

}  // namespace proctally::plugins::collectd::test
