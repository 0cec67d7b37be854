#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace proctally::plugins::collectd {

/// A problem or a warning of the settings in its parts: "process_names[2].comm[0]: is empty".
struct SettingsProblem {
  std::string list;                  ///< "process_names"; empty where it names no setting.
  std::optional<std::size_t> index;  ///< 2
  std::string key;                   ///< "comm"; may be empty.
  std::string text;                  ///< "is empty"; all of it where it begins with no path.
};

[[nodiscard]] SettingsProblem split_problem(std::string_view problem);

}  // namespace proctally::plugins::collectd
