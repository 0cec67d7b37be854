#pragma once

#include <cstdint>
#include <string_view>

#include "core/metrics.h"
#include "core/snapshot.h"

namespace proctally::plugins::collectd {

/// A type of collectd's types.db(5). All data sources of one that we use are of one kind.
struct StockType {
  std::string_view name;
  Kind kind;            ///< DERIVE or GAUGE.
  std::int64_t ns = 0;  ///< Of a DERIVE of time: what it counts, in nanoseconds.
  double most = 0;      ///< Of a GAUGE: what is more counts as unknown in the daemon. 0: no limit.
};

/// The type of that name; only such as the catalogue names.
[[nodiscard]] const StockType& stock_type(std::string_view name);

/// A value as the daemon takes it; which of the two says the type's kind.
union Number {
  std::int64_t derive;
  double gauge;
};

/// A value that is not absent, in the type's unit and within its limits.
[[nodiscard]] Number number_of(const Value& value, ValueType type, const StockType& stock);

}  // namespace proctally::plugins::collectd
