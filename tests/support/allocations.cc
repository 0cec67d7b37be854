#include "tests/support/allocations.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> allocations = 0;
std::atomic<std::size_t> live_blocks = 0;
std::atomic<std::size_t> live_bytes = 0;
std::atomic<std::uint64_t> until_fault = 0;  // The one that makes it 0 fails.
thread_local int faults_off = 0;

bool fails_now() {
  if (faults_off > 0) return false;
  auto before = until_fault.load();
  while (before != 0 && !until_fault.compare_exchange_weak(before, before - 1)) {
  }
  return before == 1;
}

// NOLINTBEGIN(cppcoreguidelines-no-malloc): what new and delete are made of.
void* allocate(std::size_t size) noexcept {
  void* memory = fails_now() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) return nullptr;
  ++allocations;
  ++live_blocks;
  live_bytes += ::malloc_usable_size(memory);
  return memory;
}

void release(void* memory) noexcept {
  if (memory == nullptr) return;
  --live_blocks;
  live_bytes -= ::malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

// The other forms of new and delete come down to these (C++20 [new.delete]); those that do not
// throw come down to AddressSanitizer's where it is linked, unless they are here too.
void* operator new(std::size_t size) {
  void* memory = allocate(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return allocate(size);
}

void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept { release(memory); }
// NOLINTEND(cppcoreguidelines-no-malloc)

namespace proctally::test {

std::size_t allocation_count() { return allocations; }

LiveMemory live_memory() { return {live_blocks, live_bytes}; }

void fail_allocation(std::uint64_t number) { until_fault = number; }
bool allocation_failed() { return until_fault == 0; }
FaultsOff::FaultsOff() { ++faults_off; }
FaultsOff::~FaultsOff() { --faults_off; }

}  // namespace proctally::test
