#include "plugins/graphite/schedule.h"

#include <gtest/gtest.h>

namespace proctally::plugins::graphite {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// Unix time in ns, so many milliseconds after a multiple of all intervals below.
std::int64_t at(std::int64_t ms) { return (std::int64_t{1'700'000'000'000} + ms) * 1'000'000; }
/// The monotonic clock then, where nobody sets the other one.
std::int64_t mono(std::int64_t ms) { return (std::int64_t{50'000'000} + ms) * 1'000'000; }
constexpr std::int64_t kBase = 1'700'000'000;

TEST(ScheduleTest, TicksAtTheMultiplesOfItsInterval) {
  Schedule schedule(seconds(10), at(2'500), mono(2'500));
  EXPECT_EQ(schedule.wait(at(2'500)), milliseconds(7'500));
  EXPECT_EQ(schedule.wait(at(9'999)), milliseconds(1));
  EXPECT_LE(schedule.wait(at(10'000)), nanoseconds(0));
  const auto tick = schedule.take(at(10'003), mono(10'003));
  EXPECT_EQ(tick.time_s, kBase + 10);
  EXPECT_EQ(tick.skipped, 0U);
  EXPECT_FALSE(tick.was_set_back);
  EXPECT_EQ(schedule.wait(at(10'003)), milliseconds(9'997));
}

TEST(ScheduleTest, WaitsForTheNextTickWhereItBeginsAtOne) {
  Schedule schedule(seconds(10), at(10'000), mono(10'000));
  EXPECT_EQ(schedule.wait(at(10'000)), seconds(10));
}

TEST(ScheduleTest, CountsWhatItMissedAndGoesOnWithTheLast) {
  Schedule schedule(seconds(10), at(0), mono(0));
  EXPECT_EQ(schedule.take(at(10'000), mono(10'000)).time_s, kBase + 10);
  const auto late = schedule.take(at(59'000), mono(59'000));
  EXPECT_EQ(late.time_s, kBase + 50);
  EXPECT_EQ(late.skipped, 3U);
  EXPECT_EQ(schedule.wait(at(59'000)), seconds(1));
}

TEST(ScheduleTest, FollowsAClockThatIsSetForwardAndMissesNothingByIt) {
  Schedule schedule(seconds(10), at(0), mono(0));
  const auto tick = schedule.take(at(3'600'500), mono(10'000));
  EXPECT_EQ(tick.time_s, kBase + 3600);
  EXPECT_EQ(tick.skipped, 0U);
}

TEST(ScheduleTest, FollowsAClockThatIsSetBack) {
  Schedule schedule(seconds(10), at(3'600'000), mono(3'600'000));
  EXPECT_EQ(schedule.take(at(3'610'000), mono(3'610'000)).time_s, kBase + 3610);
  EXPECT_EQ(schedule.wait(at(4'000)), seconds(6));  // Set back by an hour.
  EXPECT_LE(schedule.wait(at(10'000)), nanoseconds(0));
  const auto tick = schedule.take(at(10'001), mono(3'616'001));
  EXPECT_EQ(tick.time_s, kBase + 10);
  EXPECT_TRUE(tick.was_set_back);
  EXPECT_EQ(tick.skipped, 0U);
  EXPECT_FALSE(schedule.take(at(20'000), mono(3'626'000)).was_set_back);
}

TEST(ScheduleTest, GivesNoTickTwiceWhereTheClockIsSetBackALittle) {
  Schedule schedule(seconds(10), at(0), mono(0));
  EXPECT_EQ(schedule.take(at(10'002), mono(10'002)).time_s, kBase + 10);
  EXPECT_EQ(schedule.wait(at(9'998)), milliseconds(10'002));
}

}  // namespace
}  // namespace proctally::plugins::graphite
