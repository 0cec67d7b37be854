#include "plugins/graphite/pacer.h"

#include <gtest/gtest.h>

namespace proctally::plugins::graphite {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Pacer::Clock::time_point kStart{seconds{1000}};

TEST(PacerTest, LetsWhatComesAloneGoAtOnce) {
  Pacer pacer(100, seconds(10));
  for (int i = 0; i < 5; ++i) {
    const auto now = kStart + i * seconds(10);
    pacer.came(50);
    EXPECT_LE(pacer.wait(now).count(), 0);
    pacer.sent(50, now);
  }
}

TEST(PacerTest, SpreadsWhatHasWaitedAtItsRate) {
  Pacer pacer(100, seconds(10));
  auto now = kStart;
  for (int i = 0; i < 20; ++i) {
    pacer.sent(50, now);
    EXPECT_EQ(pacer.wait(now), milliseconds(500));
    now += milliseconds(500);
  }
  EXPECT_EQ(now - kStart, seconds(10));  // 20 times 50 lines, at 100 a second.
}

TEST(PacerTest, IsNeverSlowerThanTwiceWhatComes) {
  Pacer pacer(1, seconds(10));
  pacer.came(1000);  // 100 a second.
  pacer.sent(1000, kStart);
  EXPECT_EQ(pacer.wait(kStart), seconds(5));
}

TEST(PacerTest, SavesNoRateUpWhileNothingIsSent) {
  Pacer pacer(100, seconds(10));
  pacer.sent(50, kStart);
  const auto later = kStart + seconds(1000);
  pacer.sent(50, later);
  EXPECT_EQ(pacer.wait(later), milliseconds(500));
}

}  // namespace
}  // namespace proctally::plugins::graphite
