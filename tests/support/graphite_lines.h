#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// An independent reader of the Graphite plaintext protocol for tests. It accepts only what carbon,
/// go-carbon, carbon-c-relay and VictoriaMetrics all read alike (reference/graphite.md 1), and only
/// what Graphite can find again by the very name. It shares no code with formats/.
namespace proctally::support {

struct GraphiteLine {
  std::string series;                       ///< As written, with its tags.
  std::vector<std::string> nodes;           ///< Of the path, or of the name in front of the tags.
  std::map<std::string, std::string> tags;  ///< Empty for a path.
  std::string value_text;
  double value = 0;
  std::int64_t seconds = 0;
};

struct GraphiteLineError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// All lines; throws GraphiteLineError, which quotes the line and says what is wrong.
[[nodiscard]] std::vector<GraphiteLine> parse_graphite(std::string_view lines);

}  // namespace proctally::support
