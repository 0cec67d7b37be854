#pragma once

#include <array>
#include <cstddef>

#include "core/metrics.h"
#include "core/snapshot.h"

namespace proctally::formats {

/// Calls visit(info, value) for each value that is there, in the catalogue's order. The one loop
/// over the catalogue that the formats share, for a group's values and for proctally's own.
template <typename Id, std::size_t kCount, typename Info, typename Visit>
void for_each_present(const Values<Id, kCount>& values, const std::array<Info, kCount>& catalogue,
                      Visit&& visit) {
  for (std::size_t i = 0; i < kCount; ++i) {
    const Value& value = values[static_cast<Id>(i)];
    if (!value.is_absent()) visit(catalogue[i], value);
  }
}

}  // namespace proctally::formats
