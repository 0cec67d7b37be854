#pragma once

#include <cstddef>
#include <string_view>

namespace proctally::plugins::graphite {

/// As many whole lines from the front of `text` as fit into `most_bytes`, and at least one. Every
/// line of the text ends in a newline.
[[nodiscard]] inline std::string_view first_lines(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  const auto last = text.rfind('\n', most_bytes - 1);
  return text.substr(0, (last == std::string_view::npos ? text.find('\n') : last) + 1);
}

}  // namespace proctally::plugins::graphite
