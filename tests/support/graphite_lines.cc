#include "tests/support/graphite_lines.h"

#include <charconv>
#include <cmath>
#include <regex>

namespace proctally::support {
namespace {

[[noreturn]] void fail(const std::string& what, std::string_view line) {
  throw GraphiteLineError(what + " in: " + std::string(line));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

const std::regex kNode("[A-Za-z0-9_-]+");
const std::regex kTag("[a-z_]+");
// All of printable ASCII, but not a blank and, as tags are split at it, no semicolon.
const std::regex kTagValue("[!-:<-}][!-:<-~]*");
const std::regex kValue("-?[0-9]+(\\.[0-9]+)?(e[+-]?[0-9]+)?");
// whisper keeps 32 bits.
const std::regex kSeconds("[1-9][0-9]{0,9}");

bool matches(const std::string& text, const std::regex& pattern) {
  return std::regex_match(text, pattern);
}

/// With the file name's ".wsp".
constexpr std::size_t kMaxNodeBytes = 251;

void read_series(GraphiteLine& parsed, std::string_view line) {
  if (parsed.series.ends_with("\"}")) fail("what carbon takes for OpenMetrics", line);
  auto parts = split(parsed.series, ';');
  parsed.nodes = split(parts.front(), '.');
  for (const auto& node : parsed.nodes) {
    if (!matches(node, kNode)) fail("bad node \"" + node + '"', line);
    if (node.size() > kMaxNodeBytes) fail("a node too long for a file", line);
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto equals = parts[i].find('=');
    if (equals == std::string::npos) fail("a tag without a value", line);
    auto tag = parts[i].substr(0, equals);
    auto value = parts[i].substr(equals + 1);
    if (!matches(tag, kTag) || tag == "name") fail("bad tag", line);
    if (!matches(value, kTagValue)) fail("bad value of a tag", line);
    if (!parsed.tags.empty() && parsed.tags.rbegin()->first >= tag) fail("tags not sorted", line);
    parsed.tags.emplace(std::move(tag), std::move(value));
  }
}

template <typename Number>
Number number_of(const std::string& text, std::string_view line) {
  Number number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) fail("bad number", line);
  return number;
}

GraphiteLine read_line(std::string_view line) {
  constexpr std::size_t kMaxLineBytes = 4096;
  if (line.size() + 1 > kMaxLineBytes) fail("a line too long", line);
  auto parts = split(line, ' ');
  if (parts.size() != 3) fail("not three parts", line);
  GraphiteLine parsed;
  parsed.series = parts[0];
  read_series(parsed, line);
  parsed.value_text = parts[1];
  if (!matches(parsed.value_text, kValue)) fail("bad value", line);
  parsed.value = number_of<double>(parsed.value_text, line);
  if (!std::isfinite(parsed.value)) fail("not finite", line);
  if (!matches(parts[2], kSeconds)) fail("bad timestamp", line);
  parsed.seconds = number_of<std::int64_t>(parts[2], line);
  return parsed;
}

}  // namespace

std::vector<GraphiteLine> parse_graphite(std::string_view lines) {
  std::vector<GraphiteLine> parsed;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    if (end == std::string_view::npos) fail("no newline at the end", lines);
    parsed.push_back(read_line(lines.substr(0, end)));
    lines.remove_prefix(end + 1);
  }
  return parsed;
}

}  // namespace proctally::support
