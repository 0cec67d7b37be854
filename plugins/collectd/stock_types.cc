#include "plugins/collectd/stock_types.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace proctally::plugins::collectd {
namespace {

using enum Kind;

constexpr double kMostInt64 = 9223372036854775807.0;
// stock_types_test.cc holds them against the installed types.db.
constexpr std::array<StockType, 17> kTypes = {{
    {.name = "contextswitch", .kind = counter},
    {.name = "disk_octets", .kind = counter},
    {.name = "duration", .kind = gauge},
    {.name = "file_handles", .kind = gauge},
    {.name = "gauge", .kind = gauge},
    {.name = "io_octets", .kind = counter},
    {.name = "io_ops", .kind = counter},
    {.name = "memory", .kind = gauge, .most = 281474976710656.0},
    {.name = "percent", .kind = gauge, .most = 100.1},
    {.name = "ps_count", .kind = gauge, .most = 1'000'000},
    {.name = "ps_cputime", .kind = counter, .ns = 1'000},
    {.name = "ps_pagefaults", .kind = counter},
    {.name = "ps_rss", .kind = gauge, .most = kMostInt64},
    {.name = "ps_state", .kind = gauge, .most = 65'535},
    {.name = "ps_vm", .kind = gauge, .most = kMostInt64},
    {.name = "total_operations", .kind = counter},
    {.name = "total_time_in_ms", .kind = counter, .ns = 1'000'000},
}};

}  // namespace

const StockType& stock_type(std::string_view name) {
  const auto* found =
      std::find_if(kTypes.begin(), kTypes.end(),
                   [name](const StockType& candidate) { return candidate.name == name; });
  if (found == kTypes.end()) throw std::logic_error("no stock type: " + std::string(name));
  return *found;
}

Number number_of(const Value& value, ValueType type, const StockType& stock) {
  if (stock.kind == counter) {
    return {.derive = type == ValueType::seconds ? value.as_ns() / stock.ns : value.as_integer()};
  }
  const auto gauge = value.as_real();
  return {.gauge = stock.most > 0 ? std::min(gauge, stock.most) : gauge};
}

}  // namespace proctally::plugins::collectd
