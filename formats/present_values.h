#pragma once

#include <array>
#include <cstddef>

#include "core/metrics.h"
#include "core/snapshot.h"

namespace proctally::formats {

/// Calls visit(info, value) for each value that is there, in the catalogue's order. For the
/// formats that write a row at a time.
template <typename Id, std::size_t kCount, typename Info, typename Visit>
void for_each_present(const Values<Id, kCount>& values, const std::array<Info, kCount>& catalogue,
                      Visit&& visit) {
  for (std::size_t i = 0; i < kCount; ++i) {
    const Value& value = values[static_cast<Id>(i)];
    if (!value.is_absent()) visit(catalogue[i], value);
  }
}

}  // namespace proctally::formats
