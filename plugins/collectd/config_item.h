#pragma once

#include <string>
#include <variant>
#include <vector>

namespace proctally::plugins::collectd {

/// A value as collectd's parser delivers it: quoted or plain words, numbers, and the unquoted words
/// true, false, yes, no, on and off.
using ConfigValue = std::variant<std::string, double, bool>;

/// A statement or a block of collectd.conf: `key values...`, a block with statements in it. A copy
/// of collectd's own tree, which ends with the callback that gets it and knows no line numbers.
struct ConfigItem {
  std::string key;
  std::vector<ConfigValue> values;
  std::vector<ConfigItem> children;
};

}  // namespace proctally::plugins::collectd
