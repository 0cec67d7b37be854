#pragma once

#include <cstddef>
#include <cstdint>

namespace proctally::test {

/// How often this program has called operator new: the test executable replaces it.
[[nodiscard]] std::size_t allocation_count();

/// What it has allocated by that and not given back.
struct LiveMemory {
  std::size_t blocks = 0;
  std::size_t bytes = 0;
};
[[nodiscard]] LiveMemory live_memory();

/// Makes one allocation throw std::bad_alloc: that of this number, counted from now over all
/// threads, and over libraries that are loaded. 0 is none.
void fail_allocation(std::uint64_t number);
/// Whether it has come to that.
[[nodiscard]] bool allocation_failed();

/// While it lives, allocations of this thread neither fail nor count towards the one that does.
class FaultsOff {
 public:
  FaultsOff();
  FaultsOff(const FaultsOff&) = delete;
  FaultsOff& operator=(const FaultsOff&) = delete;
  ~FaultsOff();
};

}  // namespace proctally::test
