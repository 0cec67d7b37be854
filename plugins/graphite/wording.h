#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace proctally::plugins::graphite {

/// "1 line", "2 lines".
[[nodiscard]] inline std::string count_of(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

}  // namespace proctally::plugins::graphite
