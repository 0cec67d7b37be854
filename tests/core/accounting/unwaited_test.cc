#include "core/accounting/unwaited.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace proctally::accounting {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kTickNs = 4 * kMs;

kernel::ProcessExit exit_of(std::uint64_t run_ns, std::uint64_t sampled_user_ns,
                            std::uint64_t sampled_system_ns = 0) {
  kernel::ProcessExit exit;
  exit.run_ns = run_ns;
  exit.sampled_user_ns = sampled_user_ns;
  exit.sampled_system_ns = sampled_system_ns;
  return exit;
}

TEST(Unwaited, TakesWhatTheSchedulerKnows) {
  Unwaited unwaited;
  EXPECT_EQ(unwaited.take(exit_of(7 * kMs, 8 * kMs), kTickNs), 7 * kMs);
  EXPECT_EQ(unwaited.take(exit_of(5 * kMs, 0), kTickNs), 5 * kMs);
  EXPECT_EQ(unwaited.take(exit_of(0, 0), kTickNs), 0U);
}

TEST(Unwaited, TakesNoTickThatMayHaveHitByChance) {
  Unwaited unwaited;
  EXPECT_EQ(unwaited.take(exit_of(0, kTickNs), kTickNs), 0U);
}

TEST(Unwaited, TakesTicksOfManyButForTheDoubt) {
  Unwaited unwaited;
  std::uint64_t taken = 0;
  for (int i = 0; i < 10'000; ++i) {
    taken +=
        unwaited.take(i % 4 == 0 ? exit_of(0, kTickNs / 2, kTickNs / 2) : exit_of(0, 0), kTickNs);
  }
  // 2500 ticks; twice half a tick for each of 10,000, at random: 100 ticks.
  EXPECT_LE(taken, 2500 * kTickNs);
  EXPECT_GE(taken, 2400 * kTickNs);
}

TEST(Unwaited, NeverTakesMoreThanAnyMessageSays) {
  Unwaited unwaited;
  std::uint64_t taken = 0;
  std::uint64_t run_ns = 0;
  std::uint64_t sampled_ns = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto exit = exit_of(i * 7919 % (3 * kMs), i % 3 == 0 ? kTickNs : 0);
    taken += unwaited.take(exit, kTickNs);
    run_ns += exit.run_ns;
    sampled_ns += exit.sampled_user_ns;
    EXPECT_GE(taken, run_ns);
    EXPECT_LE(taken, std::max(run_ns, sampled_ns));
  }
}

// The tick is not known before a message has named one.
TEST(Unwaited, TakesWhatTheSchedulerKnowsWhereTheTickIsNotKnown) {
  Unwaited unwaited;
  const auto not_known = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(unwaited.take(exit_of(7 * kMs, 0), not_known), 7 * kMs);
  EXPECT_EQ(unwaited.take(exit_of(3 * kMs, 0), not_known), 3 * kMs);
}

}  // namespace
}  // namespace proctally::accounting
