#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

/// What the parsers of /proc text share. Everything here is total: any bytes are legal input, no
/// allocation is made, and views point into the caller's bytes.
namespace proctally::procfs {

/// The number that `text` is from its first to its last byte; nothing else is accepted.
template <std::integral Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped_at != end) return std::nullopt;
  return value;
}

/// Cuts the next piece off the front of `rest`, up to and without `delimiter`; `rest` continues
/// behind it. Without a delimiter the piece is all that is left.
[[nodiscard]] inline std::string_view cut(std::string_view& rest, char delimiter) {
  const auto at = rest.find(delimiter);
  const auto piece = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return piece;
}

/// Cuts the next word off the front of `rest`, over any run of blanks before it.
[[nodiscard]] inline std::string_view cut_word(std::string_view& rest) {
  constexpr std::string_view kBlanks = " \t";
  const auto begin = rest.find_first_not_of(kBlanks);
  rest.remove_prefix(begin == std::string_view::npos ? rest.size() : begin);
  const auto word = rest.substr(0, rest.find_first_of(kBlanks));
  rest.remove_prefix(word.size());
  return word;
}

/// Cuts the number in front of `rest` together with the one space behind it, as the kernel's
/// space-separated files have it. Returns false, and leaves `value`, when there is none.
template <std::integral Number>
[[nodiscard]] bool cut_number(std::string_view& rest, Number& value) {
  const auto number = parse_number<Number>(cut(rest, ' '));
  if (!number) return false;
  value = *number;
  return true;
}

}  // namespace proctally::procfs
