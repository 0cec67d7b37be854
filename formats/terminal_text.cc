#include "formats/terminal_text.h"

#include <algorithm>
#include <array>

namespace proctally::formats {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Blocks, not single characters: Unicode Standard Annex 11 (EastAsianWidth), and the combining
// marks and joiners that names are likely to hold.
constexpr std::array kWide = {
    Range{0x1100, 0x115F},   Range{0x2E80, 0xA4CF},   Range{0xAC00, 0xD7A3},
    Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},
    Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF},
    Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};
constexpr std::array kZero = {Range{0x0300, 0x036F}, Range{0x200B, 0x200F}, Range{0x20D0, 0x20FF},
                              Range{0xFE00, 0xFE0F}};

template <std::size_t kCount>
bool is_in(const std::array<Range, kCount>& ranges, char32_t code_point) {
  return std::any_of(ranges.begin(), ranges.end(), [code_point](const Range& range) {
    return code_point >= range.first && code_point <= range.last;
  });
}

struct CodePoint {
  std::size_t bytes;
  std::size_t columns;
};

/// Of the first code point; `text` is not empty.
CodePoint first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0xC0) return {1, 1};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const std::string_view bytes = text.substr(0, length);
  char32_t value = lead & (0x7FU >> length);
  for (const char c : bytes.substr(1)) {
    value = value << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  }
  const std::size_t columns = is_in(kZero, value) ? 0 : is_in(kWide, value) ? 2 : 1;
  return {bytes.size(), columns};
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint first = first_of(text);
    width += first.columns;
    text.remove_prefix(first.bytes);
  }
  return width;
}

void append_cut(std::string_view text, std::size_t width, std::string& out) {
  if (display_width(text) <= width) {
    out += text;
    return;
  }
  std::size_t kept = 0;
  std::size_t columns = 0;
  while (true) {
    const CodePoint next = first_of(text.substr(kept));
    if (columns + next.columns > width - 1) break;
    kept += next.bytes;
    columns += next.columns;
  }
  out += text.substr(0, kept);
  out += "…";
}

}  // namespace proctally::formats
