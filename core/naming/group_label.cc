#include "core/naming/group_label.h"

#include <algorithm>
#include <array>

#include "core/fingerprint.h"
#include "core/naming/utf8.h"

namespace proctally::naming {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

struct CodePoints {
  char32_t first;
  char32_t last;
};
// What could break a line, or show a name as another: Unicode 15's Cc, its line and paragraph
// separators, and Default_Ignorable_Code_Point, which are the invisible ones and the controls of
// text direction; interlinear annotations are hidden too.
constexpr std::array<CodePoints, 19> kUnsafe = {{{0x00, 0x1f},
                                                 {0x7f, 0x9f},
                                                 {0xad, 0xad},
                                                 {0x34f, 0x34f},
                                                 {0x61c, 0x61c},
                                                 {0x115f, 0x1160},
                                                 {0x17b4, 0x17b5},
                                                 {0x180b, 0x180f},
                                                 {0x200b, 0x200f},
                                                 {0x2028, 0x202e},
                                                 {0x2060, 0x206f},
                                                 {0x3164, 0x3164},
                                                 {0xfe00, 0xfe0f},
                                                 {0xfeff, 0xfeff},
                                                 {0xffa0, 0xffa0},
                                                 {0xfff0, 0xfffb},
                                                 {0x1bca0, 0x1bca3},
                                                 {0x1d173, 0x1d17a},
                                                 {0xe0000, 0xe0fff}}};

bool is_unsafe(char32_t c) {
  return std::any_of(kUnsafe.begin(), kUnsafe.end(),
                     [c](const CodePoints& range) { return c >= range.first && c <= range.last; });
}

void append_escaped(std::string& label, unsigned byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  label += "\\x";
  label += kHex[byte >> 4U];
  label += kHex[byte & 0xfU];
}

void cut_to_limit(std::string& label, std::string_view name) {
  const auto hash = fingerprint(name);
  label.resize(place_to_cut(label, kMaxLabelBytes - 1 - hash.size()));
  label += '~';
  label += hash;
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
  if (label == kOtherLabel || label == kEmptyLabel) label.replace(0, 1, "\\x5f");
  if (label.size() > kMaxLabelBytes) cut_to_limit(label, name);
  return label;
}

std::string fingerprint(std::string_view name) {
  const auto digits = proctally::fingerprint(name);
  return {digits.begin(), digits.end()};
}

std::string escape_unprintable(std::string_view text) { return escape(text, U'\0'); }

std::size_t place_to_cut(std::string_view escaped, std::size_t most) {
  if (escaped.size() <= most) return escaped.size();
  auto keep = most;
  while (keep > 0 && (byte_at(escaped, keep) & 0xc0U) == 0x80U) --keep;
  constexpr std::size_t kEscapeBytes = 4;
  const auto tail = escaped.substr(0, keep).rfind('\\');
  const bool is_split = tail != std::string_view::npos && keep - tail < kEscapeBytes &&
                        escaped.substr(tail).starts_with("\\x");
  return is_split ? tail : keep;
}

}  // namespace proctally::naming
