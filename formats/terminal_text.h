#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// How much room text takes on a terminal, and how to make it take less; used by the table. No
/// wcwidth, which depends on the locale: ranges that Unicode calls wide count as two columns,
/// combining marks as none, all else as one. Emoji put together from several code points are
/// counted too wide. Text is valid UTF-8; of other bytes nothing beyond `text` is ever read.
namespace proctally::formats {

[[nodiscard]] std::size_t display_width(std::string_view text);

/// Appends `text`, cut so that it takes at most `width` columns; the last one is then `…`. Never
/// cuts inside a code point. `width` is at least 1.
void append_cut(std::string_view text, std::size_t width, std::string& out);

}  // namespace proctally::formats
