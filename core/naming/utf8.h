#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace proctally::naming {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  ///< 0: the text does not begin with valid UTF-8.
};

/// The code point that `text`, which is not empty, begins with. RFC 3629: the shortest form only,
/// no surrogates, nothing past U+10FFFF.
[[nodiscard]] inline CodePoint decode_utf8(std::string_view text) {
  const auto byte_at = [text](std::size_t i) -> unsigned {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned first = byte_at(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  char32_t value = first & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_at(i) & 0xc0U) != 0x80U) return {};
    value = (value << 6U) | (byte_at(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest.at(size) || is_surrogate || value > 0x10ffff) return {};
  return {value, size};
}

}  // namespace proctally::naming
