#include "tests/support/line_protocol.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <set>

namespace proctally::support {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The bytes of the well-formed code point at the front (Unicode 15 table 3-7), else 0.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto is_tail = [byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return is_tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool is_overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool is_surrogate = lead == 0xED && byte(1) >= 0xA0;
    return is_tail(1) && is_tail(2) && !is_overlong && !is_surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool is_overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool is_beyond = lead == 0xF4 && byte(1) >= 0x90;
    return is_tail(1) && is_tail(2) && is_tail(3) && !is_overlong && !is_beyond ? 4 : 0;
  }
  return 0;
}

class LineReader {
 public:
  explicit LineReader(std::string_view line) : line_(line), rest_(line) {}

  ProtocolLine read() {
    check_bytes();
    ProtocolLine parsed;
    parsed.measurement = take_measurement();
    while (take_if(',')) take_tag(parsed);
    expect(' ');
    do {
      take_field(parsed);
    } while (take_if(','));
    expect(' ');
    parsed.timestamp_ns = whole(take_until(" "), "timestamp");
    if (!rest_.empty()) fail("text after the timestamp");
    return parsed;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw LineProtocolError(what + " at byte " + std::to_string(line_.size() - rest_.size()) +
                            " of: " + std::string(line_));
  }

  void check_bytes() const {
    for (std::string_view left = line_; !left.empty();) {
      const auto c = static_cast<unsigned char>(left.front());
      if (c < 0x20 || c == 0x7F) fail("control byte " + std::to_string(c));
      const std::size_t length = utf8_length(left);
      if (length == 0) fail("invalid UTF-8");
      left.remove_prefix(length);
    }
  }

  bool take_if(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!take_if(c)) fail(std::string("expected '") + c + "'");
  }

  std::string_view take_until(std::string_view stops) {
    const std::string_view taken = rest_.substr(0, rest_.find_first_of(stops));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  /// Up to an unescaped separator. A backslash is literal unless an escapable byte follows it.
  std::string take_name(std::string_view separators, std::string_view ambiguous) {
    std::string name;
    while (!rest_.empty() && separators.find(rest_.front()) == std::string_view::npos) {
      if (take_if('\\')) {
        if (rest_.empty()) fail("trailing backslash");
        if (ambiguous.find(rest_.front()) != std::string_view::npos) {
          fail("a backslash that parsers read differently");
        }
        if (separators.find(rest_.front()) == std::string_view::npos) {
          name += '\\';
          continue;
        }
      }
      name += rest_.front();
      rest_.remove_prefix(1);
    }
    if (name.empty()) fail("empty name");
    return name;
  }

  std::string take_measurement() {
    if (rest_.starts_with('#')) fail("comment");
    return take_name(", ", "\\=\"");
  }

  void take_tag(ProtocolLine& parsed) {
    std::string key = take_name(",= ", "\"");
    expect('=');
    std::string value = take_name(",= ", "\"");
    if (!parsed.tags.empty() && parsed.tags.rbegin()->first >= key) fail("tags not sorted");
    parsed.tags.emplace(std::move(key), std::move(value));
  }

  void take_field(ProtocolLine& parsed) {
    std::string key = take_name(",= ", "\\\"");
    if (!keys_.insert(key).second) fail("field twice: " + key);
    expect('=');
    const std::string_view text = take_until(", ");
    if (text.ends_with('i')) {
      parsed.fields.emplace_back(std::move(key), whole(text.substr(0, text.size() - 1), "integer"));
    } else {
      parsed.fields.emplace_back(std::move(key), real(text));
    }
  }

  /// -?(0|[1-9][0-9]*) within 64 bits.
  [[nodiscard]] std::int64_t whole(std::string_view text, const std::string& what) const {
    const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end) fail("bad " + what);
    if (digits.size() > 1 && digits.starts_with('0')) fail("leading zero in " + what);
    return number;
  }

  /// JSON's grammar of numbers, finite.
  [[nodiscard]] double real(std::string_view text) const {
    std::string_view left = text;
    const auto skip_digits = [&left] {
      std::size_t count = 0;
      for (; !left.empty() && is_digit(left.front()); ++count) left.remove_prefix(1);
      return count;
    };
    if (left.starts_with('-')) left.remove_prefix(1);
    const bool has_zero = left.starts_with('0');
    const std::size_t digits = skip_digits();
    if (digits == 0 || (has_zero && digits > 1)) fail("bad number");
    if (left.starts_with('.')) {
      left.remove_prefix(1);
      if (skip_digits() == 0) fail("bad fraction");
    }
    if (left.starts_with('e') || left.starts_with('E')) {
      left.remove_prefix(1);
      if (left.starts_with('-') || left.starts_with('+')) left.remove_prefix(1);
      if (skip_digits() == 0) fail("bad exponent");
    }
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!left.empty() || read.ec != std::errc{}) fail("bad number");
    return number;
  }

  std::string_view line_;
  std::string_view rest_;
  std::set<std::string> keys_;
};

}  // namespace

std::vector<ProtocolLine> parse_line_protocol(std::string_view batch) {
  std::vector<ProtocolLine> lines;
  while (!batch.empty()) {
    const std::size_t end = batch.find('\n');
    if (end == std::string_view::npos) throw LineProtocolError("no newline at the end");
    lines.push_back(LineReader(batch.substr(0, end)).read());
    batch.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace proctally::support
