#include "core/accounting/cpu_split.h"

#include <gtest/gtest.h>

#include <random>

namespace proctally::accounting {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

TEST(CpuSplit, IsInTheProportionOfTheTicks) {
  const auto split = split_cpu(4 * kSecond, 300, 100, {});
  EXPECT_EQ(split.user_ns, 3 * kSecond);
  EXPECT_EQ(split.system_ns, kSecond);
}

TEST(CpuSplit, WithoutAnyTickIsAllUser) {
  const auto split = split_cpu(5'000, 0, 0, {});
  EXPECT_EQ(split.user_ns, 5'000U);
  EXPECT_EQ(split.system_ns, 0U);
}

TEST(CpuSplit, NeverLowersAPartWhenTheProportionMoves) {
  // The first tick of all is a system tick: what was called user before stays user.
  const auto split = split_cpu(10'000, 0, 1, {.user_ns = 9'000, .system_ns = 0});
  EXPECT_EQ(split.user_ns, 9'000U);
  EXPECT_EQ(split.system_ns, 1'000U);
}

TEST(CpuSplit, StartsAnewFromAClockThatFell) {
  const auto split = split_cpu(1'000, 1, 1, {.user_ns = 5'000, .system_ns = 5'000});
  EXPECT_EQ(split.user_ns, 500U);
  EXPECT_EQ(split.system_ns, 500U);
}

TEST(CpuSplit, DoesNotOverflowOnAClockOfCenturies) {
  const auto century_ns = 100ULL * 366 * 86'400 * kSecond;
  const auto split = split_cpu(century_ns, 100ULL * 366 * 86'400 * 100, 0, {});
  EXPECT_EQ(split.user_ns, century_ns);
}

TEST(CpuSplit, AddsUpAndNeverFallsWhateverTheTicksDo) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  CpuSplit before;
  std::uint64_t clock_ns = 0;
  for (int i = 0; i < 10'000; ++i) {
    clock_ns += random() % 20'000'000;
    const auto now = split_cpu(clock_ns, random() % 1'000, random() % 1'000, before);
    ASSERT_EQ(now.user_ns + now.system_ns, clock_ns);
    ASSERT_GE(now.user_ns, before.user_ns);
    ASSERT_GE(now.system_ns, before.system_ns);
    before = now;
  }
}

}  // namespace
}  // namespace proctally::accounting
