#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// An independent reader of Influx line protocol for tests. It accepts only what both parsers of
/// Telegraf and InfluxDB 1 to 3 read alike, and that in its canonical form (reference/telegraf.md
/// 2.1 and 2.2), and only what proctally means to send: integer and real fields, a timestamp,
/// sorted tags. It shares no code with formats/.
namespace proctally::support {

using FieldValue = std::variant<std::int64_t, double>;

struct ProtocolLine {
  std::string measurement;  ///< Unescaped, like all that follows.
  std::map<std::string, std::string> tags;
  std::vector<std::pair<std::string, FieldValue>> fields;  ///< In the order in which they came.
  std::int64_t timestamp_ns = 0;
};

struct LineProtocolError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// All lines of a batch; throws LineProtocolError, which quotes the line and says what is wrong.
[[nodiscard]] std::vector<ProtocolLine> parse_line_protocol(std::string_view batch);

}  // namespace proctally::support
