#include "core/naming/group_label.h"

#include <array>
#include <cstdint>

namespace proctally::naming {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  ///< 0: the text does not begin with valid UTF-8.
};

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// RFC 3629: the shortest form only, no surrogates, nothing past U+10FFFF.
CodePoint decode_utf8(std::string_view text) {
  const unsigned first = byte_at(text, 0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  char32_t value = first & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_at(text, i) & 0xc0U) != 0x80U) return {};
    value = (value << 6U) | (byte_at(text, i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest.at(size) || is_surrogate || value > 0x10ffff) return {};
  return {value, size};
}

// Unicode's Cc, its line and paragraph separators, zero-width and bidirectional controls: what
// could break a line or show a name as another.
bool is_unsafe(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

void append_escaped(std::string& label, unsigned byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  label += "\\x";
  label += kHex[byte >> 4U];
  label += kHex[byte & 0xfU];
}

// FNV-1a, 64 bits: spreads names, and need not withstand somebody who looks for collisions, as
// everybody may name a process like any other anyway.
std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

void cut_to_limit(std::string& label, std::string_view name) {
  constexpr std::size_t kHashBytes = 8;
  std::size_t keep = kMaxLabelBytes - 1 - 2 * kHashBytes;
  while ((byte_at(label, keep) & 0xc0U) == 0x80U) --keep;  // Not inside a code point.
  label.resize(keep);
  label += '~';
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto hash = hash_of(name);
  for (unsigned shift = 64; shift > 0; shift -= 4) label += kHex[(hash >> (shift - 4)) & 0xfU];
}

std::string escape(std::string_view text, char32_t also_unsafe) {
  std::string escaped;
  escaped.reserve(text.size());
  for (auto rest = text; !rest.empty();) {
    const auto c = decode_utf8(rest);
    const auto bytes = c.bytes == 0 ? 1 : c.bytes;
    if (c.bytes == 0 || is_unsafe(c.value) || c.value == also_unsafe) {
      for (std::size_t i = 0; i < bytes; ++i) append_escaped(escaped, byte_at(rest, i));
    } else {
      escaped += rest.substr(0, bytes);
    }
    rest.remove_prefix(bytes);
  }
  return escaped;
}

}  // namespace

std::string make_group_label(std::string_view name) {
  auto label = escape(name, U'\\');
  if (label.size() > kMaxLabelBytes) cut_to_limit(label, name);
  return label;
}

std::string escape_unprintable(std::string_view text) { return escape(text, U'\0'); }

}  // namespace proctally::naming
