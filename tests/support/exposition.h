#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace proctally::test {

/// Text exposition 0.0.4 as a strict reader takes it, that shares nothing with the writer.
struct Exposition {
  using Labels = std::map<std::string, std::string>;
  std::map<std::pair<std::string, Labels>, double> samples;
  std::map<std::string, std::string> types;  ///< By family.
  std::string problem;                       ///< The first; empty where the text is right.
};

/// Wants of each family HELP, TYPE, and its samples, all in one piece; no series twice; nothing but
/// the escapes \\ \" and \n; valid UTF-8; finite numbers, of counters none below 0.
[[nodiscard]] Exposition read_exposition(std::string_view text);

}  // namespace proctally::test
