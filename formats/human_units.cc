#include "formats/human_units.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

namespace proctally::formats {

std::string human_bytes(std::int64_t bytes) {
  constexpr std::string_view kUnits = "BKMGTPE";
  if (bytes == 0) return "0";
  auto scaled = static_cast<double>(bytes);
  std::size_t unit = 0;
  // At 1023.5 the next unit begins: "1024K" would be a fifth digit for what is "1.0M".
  for (; scaled >= 1023.5 && unit + 1 < kUnits.size(); ++unit) scaled /= 1024;
  const int decimals = unit == 0 || scaled >= 99.95 ? 0 : 1;
  return fmt::format("{:.{}f}{}", scaled, decimals, kUnits[unit]);
}

std::string human_duration(double seconds) {
  // Each limit is where the text of the unit below would round up to a whole one of the next.
  if (seconds < 0.5e-6) return "0s";
  if (seconds < 0.9995e-3) return fmt::format("{:.0f}µs", seconds * 1e6);
  if (seconds < 9.95e-3) return fmt::format("{:.1f}ms", seconds * 1e3);
  if (seconds < 0.9995) return fmt::format("{:.0f}ms", seconds * 1e3);
  if (seconds < 59.95) return fmt::format("{:.1f}s", seconds);
  const std::int64_t whole = std::llround(seconds);
  const std::int64_t minutes = whole / 60;
  const std::int64_t hours = minutes / 60;
  const std::int64_t days = hours / 24;
  if (hours == 0) return fmt::format("{}m{:02}s", minutes, whole % 60);
  if (days == 0) return fmt::format("{}h{:02}m", hours, minutes % 60);
  if (days < 100) return fmt::format("{}d{:02}h", days, hours % 24);
  return fmt::format("{}d", days);
}

}  // namespace proctally::formats
