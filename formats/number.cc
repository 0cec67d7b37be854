#include "formats/number.h"

#include <array>
#include <charconv>

namespace proctally::formats {
namespace {

template <typename Number>
void append_number(Number number, std::string& out) {
  // The longest are "-9223372036854775808" and "-2.2250738585072014e-308": it always fits.
  std::array<char, 32> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), written.ptr);
}

}  // namespace

void append_integer(std::int64_t number, std::string& out) { append_number(number, out); }

void append_real(double number, std::string& out) { append_number(number, out); }

void append_value(const Value& value, std::string& out) {
  if (value.is_integer()) {
    append_integer(value.as_integer(), out);
  } else {
    append_real(value.as_real(), out);
  }
}

}  // namespace proctally::formats
