#include "formats/graphite_node.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/fingerprint.h"

namespace proctally::formats {
namespace {

constexpr std::size_t kHashDigits = 8;
constexpr std::size_t kEndBytes = 1 + kHashDigits;

// Not std::isalnum, which asks the locale.
bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool ends_like_ours(std::string_view label) {
  if (label.size() < kEndBytes) return false;
  const auto end = label.substr(label.size() - kEndBytes);
  return end.front() == '_' &&
         end.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

template <typename IsAllowed>
GraphiteName clean(std::string_view label, std::string_view reserved, IsAllowed is_allowed) {
  GraphiteName name;
  bool is_label = !label.empty() && label.size() <= kMaxNodeBytes && label != reserved &&
                  !ends_like_ours(label);
  name.size = std::min(label.size(), kMaxNodeBytes);
  for (std::size_t i = 0; i < name.size; ++i) {
    const bool stays = is_allowed(label[i], i);
    name.bytes.at(i) = stays ? label[i] : '_';
    is_label = is_label && stays;
  }
  if (is_label) return name;

  name.size = std::min(name.size, kMaxNodeBytes - kEndBytes);
  name.bytes.at(name.size++) = '_';
  const auto digits = fingerprint(label);
  for (std::size_t i = 0; i < kHashDigits; ++i) name.bytes.at(name.size++) = digits.at(i);
  return name;
}

}  // namespace

GraphiteName graphite_node(std::string_view label) {
  return clean(label, kSelfNode, [](char c, std::size_t) { return is_graphite_node_byte(c); });
}

GraphiteName graphite_tag_value(std::string_view label) {
  return clean(label, {}, [](char c, std::size_t at) {
    return c > ' ' && c < '\x7f' && c != ';' && (c != '~' || at > 0);
  });
}

bool is_graphite_node_byte(char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; }

bool is_graphite_literal(char c) {
  return is_letter_or_digit(c) || std::string_view("_-:#@+=").find(c) != std::string_view::npos;
}

void check_graphite_nodes(std::string_view what, std::string_view text) {
  if (text.empty()) {
    throw GraphiteNameError(
        fmt::format("{} is empty; allowed are {}, and dots between them", what, kLiteralsAllowed));
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_graphite_literal(text[i])) continue;
    if (text[i] != '.') {
      throw GraphiteNameError(
          fmt::format("{} has a character that is not allowed at position {}; allowed are {}, and "
                      "dots between them",
                      what, i + 1, kLiteralsAllowed));
    }
    if (i == 0 || i + 1 == text.size() || text[i - 1] == '.') {
      throw GraphiteNameError(fmt::format(
          "{} has a dot at position {} with nothing {} it", what, i + 1,
          i + 1 == text.size() && i > 0 && text[i - 1] != '.' ? "behind" : "in front of"));
    }
  }
}

}  // namespace proctally::formats
