#include "core/duration.h"

#include <array>
#include <charconv>
#include <cmath>

namespace proctally {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
// Largest first; "ms" before "m" and "s", of which it would otherwise be taken for one.
constexpr std::array<Unit, 6> kUnits = {{{"ms", 1'000'000},
                                         {"us", 1'000},
                                         {"ns", 1},
                                         {"h", 3'600'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"s", 1'000'000'000}}};
constexpr std::array<Unit, 6> kUnitsBySize = {kUnits[3], kUnits[4], kUnits[5],
                                              kUnits[0], kUnits[1], kUnits[2]};
constexpr double kMaxNs = 9.2e18;

const Unit* cut_unit(std::string_view& text) {
  for (const auto& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return &unit;
  }
  return nullptr;
}

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total_ns = 0;
  const bool is_bare = text.find_first_not_of("0123456789.") == std::string_view::npos;
  while (!text.empty()) {
    // from_chars would take a sign, "inf" and hexadecimal too.
    if (text.front() < '0' || text.front() > '9') return std::nullopt;
    double number = 0;
    const auto [stopped_at, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stopped_at - text.data()));
    const auto* unit = is_bare ? &kUnits.back() : cut_unit(text);
    if (unit == nullptr) return std::nullopt;
    total_ns += number * static_cast<double>(unit->ns);
    if (is_bare && !text.empty()) return std::nullopt;
  }
  if (total_ns > kMaxNs) return std::nullopt;
  return std::llround(total_ns);
}

std::string format_duration(std::int64_t ns) {
  if (ns == 0) return "0s";
  std::string text;
  for (const auto& unit : kUnitsBySize) {
    if (ns < unit.ns) continue;
    text += std::to_string(ns / unit.ns);
    text += unit.name;
    ns %= unit.ns;
  }
  return text;
}

}  // namespace proctally
