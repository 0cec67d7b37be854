#pragma once

#include <cstddef>

namespace proctally::test {

/// How often this program has called operator new: the test executable replaces it.
[[nodiscard]] std::size_t allocation_count();

/// What it has allocated by that and not given back.
struct LiveMemory {
  std::size_t blocks = 0;
  std::size_t bytes = 0;
};
[[nodiscard]] LiveMemory live_memory();

}  // namespace proctally::test
