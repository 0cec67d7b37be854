#include "plugins/graphite/state_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/graphite/recording_log.h"

namespace proctally::plugins::graphite {
namespace {

using State = StateLog::State;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr StateLog::Clock::time_point kStart{seconds{1000}};

class StateLogTest : public testing::Test {
 protected:
  test::RecordingLog log_;
  StateLog state_{"tcp://a:2003", log_};
};

TEST_F(StateLogTest, TellsEachChangeOnce) {
  for (int i = 0; i < 5; ++i) state_.trouble(State::down, "refused", 10, kStart);
  for (int i = 0; i < 5; ++i) state_.works(7);
  EXPECT_THAT(log_.lines(), ElementsAre("tcp://a:2003: refused; scans go on, 10 lines wait",
                                        "tcp://a:2003: delivers again; 7 lines wait"));
  EXPECT_EQ(state_.state(), State::works);
}

TEST_F(StateLogTest, TellsTheFirstSuccess) {
  EXPECT_EQ(state_.state(), State::untried);
  state_.works(0);
  state_.works(0);
  EXPECT_THAT(log_.lines(), ElementsAre("tcp://a:2003: delivers; 0 lines wait"));
}

TEST_F(StateLogTest, TellsWhatKindOfTroubleItHasBecome) {
  state_.trouble(State::stalled, "does not read", 1, kStart);
  EXPECT_EQ(state_.state(), State::stalled);
  state_.trouble(State::down, "reset", 2, kStart);
  EXPECT_THAT(log_.lines(), ElementsAre("tcp://a:2003: does not read; scans go on, 1 line wait",
                                        "tcp://a:2003: reset; scans go on, 2 lines wait"));
}

TEST_F(StateLogTest, RemindsOfTroubleThatLasts) {
  state_.trouble(State::down, "refused", 10, kStart);
  for (int second = 0; second < 600; ++second) state_.remind(20, kStart + seconds(second));
  EXPECT_THAT(log_.lines(), ElementsAre("tcp://a:2003: refused; scans go on, 10 lines wait",
                                        "tcp://a:2003: still: refused; 20 lines wait"));
}

TEST_F(StateLogTest, TellsOfManyShortBreaksOnceAMinute) {
  for (int second = 0; second < 150; ++second) {
    state_.trouble(State::down, "reset", 5, kStart + seconds(second));
    state_.works(0);
  }
  EXPECT_THAT(
      log_.lines(),
      ElementsAre(
          "tcp://a:2003: reset; scans go on, 5 lines wait",
          "tcp://a:2003: delivers again; 0 lines wait",
          "tcp://a:2003: reset (60 times since the last message); scans go on, 5 lines wait",
          "tcp://a:2003: delivers again; 0 lines wait",
          "tcp://a:2003: reset (60 times since the last message); scans go on, 5 lines wait",
          "tcp://a:2003: delivers again; 0 lines wait"));
}

TEST_F(StateLogTest, TellsInTheEndOfTroubleThatBeganAMomentAfterSomeOther) {
  state_.trouble(State::down, "reset", 5, kStart);
  state_.works(0);
  state_.trouble(State::down, "refused", 6, kStart + seconds(1));
  EXPECT_EQ(log_.lines().size(), 2U);
  EXPECT_EQ(state_.state(), State::down);
  state_.remind(30, kStart + minutes(1));
  EXPECT_EQ(log_.lines().back(), "tcp://a:2003: refused; scans go on, 30 lines wait");
}

}  // namespace
}  // namespace proctally::plugins::graphite
