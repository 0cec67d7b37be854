#include "plugins/common/byte_size.h"

#include <array>
#include <charconv>
#include <system_error>

namespace proctally::plugins {

std::optional<std::uint64_t> parse_byte_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    unsigned shift;
  };
  constexpr std::array<Unit, 9> kUnits = {{{"", 0},
                                           {"K", 10},
                                           {"KiB", 10},
                                           {"M", 20},
                                           {"MiB", 20},
                                           {"G", 30},
                                           {"GiB", 30},
                                           {"T", 40},
                                           {"TiB", 40}}};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  for (const auto& unit : kUnits) {
    if (unit.name != text) continue;
    if (number > (UINT64_MAX >> unit.shift)) return std::nullopt;
    return number << unit.shift;
  }
  return std::nullopt;
}

}  // namespace proctally::plugins
