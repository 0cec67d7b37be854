#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>

#include "tests/core/kernel/taskstats_listener_fixture.h"

/// Storms of exits: what is delivered, and that the rest is counted.
namespace proctally::kernel {
namespace {

using namespace std::chrono_literals;

using TaskstatsLossTest = TaskstatsListenerTest;

TEST_F(TaskstatsLossTest, OfABurstEveryExitIsDelivered) {
  constexpr int kMany = 3000;
  const auto listener = open();
  const auto pids = storm(kMany);
  const auto exits = drain(*listener);
  EXPECT_EQ(listener->lost(), 0U);
  EXPECT_EQ(count_of(exits, pids), pids.size());
  EXPECT_GE(pids.size(), kMany / 2U) << "pids may be used again";
}

TEST_F(TaskstatsLossTest, TheSocketIsEmptiedWhileNobodyDrains) {
  constexpr std::size_t kRoomForSome = std::size_t{256} << 10U;
  const auto listener = open({.socket_bytes = kRoomForSome, .nap = 1ms});
  const auto pids = storm(500, 200us);
  EXPECT_EQ(listener->lost(), 0U);
  EXPECT_EQ(count_of(drain(*listener), pids), pids.size());
}

TEST_F(TaskstatsLossTest, WhatFindsNoRoomInTheSocketIsCountedExactly) {
  constexpr int kMany = 300;
  // What others on this host do between the two calls counts in one of them only: again, then.
  std::size_t heard = 0;
  std::size_t heard_or_lost = 0;
  for (int tries = 0; tries < 20; ++tries) {
    const auto wide = open({.nap = 1h});
    const auto narrow = open({.socket_bytes = 8192, .nap = 1h});
    const auto pids = storm(kMany);
    const auto exits = drain(*narrow);
    ASSERT_GT(narrow->lost(), 0U);
    ASSERT_GE(narrow->lost() + count_of(exits, pids), pids.size());
    heard_or_lost = exits.size() + narrow->lost();
    heard = drain(*wide).size();
    if (heard == heard_or_lost) break;
  }
  EXPECT_EQ(heard_or_lost, heard);
}

TEST_F(TaskstatsLossTest, AfterALossItHearsOn) {
  const auto listener = open({.socket_bytes = 8192, .nap = 1h});
  storm(300);
  (void)drain(*listener);
  const auto lost = listener->lost();
  EXPECT_GT(lost, 0U);
  const auto pids = storm(1);
  EXPECT_EQ(count_of(drain(*listener), pids), 1U);
  EXPECT_EQ(listener->lost(), lost);
}

TEST_F(TaskstatsLossTest, WhatNobodyDrainsIsBoundedAndTheRestCounted) {
  const auto listener = open({.max_exits = 10});
  const auto pids = storm(50);
  EXPECT_EQ(drain(*listener).size(), 10U);
  EXPECT_GE(listener->lost(), 40U);
  const auto later = storm(1);
  EXPECT_EQ(count_of(drain(*listener), later), 1U);
}

}  // namespace
}  // namespace proctally::kernel
