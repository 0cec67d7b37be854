#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/collectd/config_item.h"

namespace proctally::plugins::collectd {

/// What is wrong with a block, and what is only odd about it, each as "path: text". Nothing twice.
struct Findings {
  void problem(std::string_view path, std::string_view text);
  void warning(std::string_view path, std::string_view text);

  std::vector<std::string> problems;
  std::vector<std::string> warnings;
};

/// As it is written in collectd.conf: in quotes, with its backslashes doubled. Printable, and
/// shortened where long.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// A string in quotes, a number or a boolean as they are.
[[nodiscard]] std::string shown_value(const ConfigValue& value);

/// `"web", -1 and true`.
[[nodiscard]] std::string list_of(const std::vector<ConfigValue>& values);

/// "1st" of 1.
[[nodiscard]] std::string ordinal(std::size_t number);

/// As collectd compares its keys: without regard to case.
[[nodiscard]] bool is_same_word(std::string_view a, std::string_view b);

}  // namespace proctally::plugins::collectd
