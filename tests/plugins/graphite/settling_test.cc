#include "plugins/graphite/settling.h"

#include <gtest/gtest.h>

namespace proctally::plugins::graphite {
namespace {

using std::chrono::seconds;

constexpr Settling::Clock::time_point kStart{seconds{1000}};

TEST(SettlingTest, TakesAtOnceWhatIsAcknowledgedWhereNothingIsKept) {
  Settling settling(seconds(0));
  EXPECT_EQ(settling.settled(0, kStart), 0U);
  EXPECT_EQ(settling.settled(100, kStart), 100U);
  EXPECT_EQ(settling.settled(150, kStart), 150U);
}

TEST(SettlingTest, TakesWhatWasAcknowledgedSoLongAgo) {
  Settling settling(seconds(20));
  EXPECT_EQ(settling.settled(100, kStart), 0U);
  EXPECT_EQ(settling.settled(150, kStart + seconds(5)), 0U);
  EXPECT_EQ(settling.settled(150, kStart + seconds(19)), 0U);
  EXPECT_EQ(settling.settled(150, kStart + seconds(20)), 100U);
  EXPECT_EQ(settling.settled(400, kStart + seconds(25)), 150U);
  EXPECT_EQ(settling.settled(400, kStart + seconds(45)), 400U);
}

}  // namespace
}  // namespace proctally::plugins::graphite
