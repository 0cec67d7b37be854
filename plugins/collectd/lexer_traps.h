#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/collectd/statement.h"

/// What collectd's lexer makes of values that are not written as it wants them, and what a user is
/// told of it (collectd's src/liboconfig/scanner.l).
namespace proctally::plugins::collectd {

/// The strings that a statement wants: what they are, and a line that has them.
struct WantedStrings {
  std::vector<std::string_view> what;
  std::string_view example;
};

/// As many strings as wanted, or nothing after a problem was noted.
[[nodiscard]] std::optional<std::vector<std::string>> read_strings(const Statement& statement,
                                                                   const WantedStrings& wanted,
                                                                   Findings& findings);

/// A boolean, also one in quotes, as collectd takes them itself; or nothing after a problem was
/// noted.
[[nodiscard]] std::optional<bool> read_boolean(const Statement& statement, Findings& findings);

/// The letter before which a backslash seems lost, as d in "id=d+": in quotes collectd drops each
/// that is not written twice.
[[nodiscard]] std::optional<char> letter_without_backslash(std::string_view expression);

inline constexpr std::string_view kBackslashHint =
    R"(in collectd.conf a backslash is written twice: "\\d", "\\.")";

}  // namespace proctally::plugins::collectd
