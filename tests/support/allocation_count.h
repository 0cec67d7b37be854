#pragma once

#include <cstddef>

namespace proctally::test {

/// How often this program has called operator new: the test executable replaces it.
[[nodiscard]] std::size_t allocation_count();

}  // namespace proctally::test
