// Context switches of whole processes: whoever ran is asked for, once in a scan; an exit message
// has the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class ContextSwitches : public ScanSequence {
 protected:
  ContextSwitches() { count_switches(); }

  void SetUp() override { host.add(1, "init", 1).ppid = 0; }

  // It runs, and switches so often.
  void run(pid_t pid, std::uint64_t voluntary, std::uint64_t involuntary = 0) {
    host.work(pid, kMs);
    host.at(pid).switches.voluntary += voluntary;
    host.at(pid).switches.involuntary += involuntary;
  }

  [[nodiscard]] double voluntary(const std::string& group) const {
    return number(group, Metric::voluntary_context_switches);
  }
  [[nodiscard]] double involuntary(const std::string& group) const {
    return number(group, Metric::involuntary_context_switches);
  }
};

TEST_F(ContextSwitches, StartAtZeroForProcessesThatWereThereBefore) {
  add_old(10, "web");
  run(10, 1000, 100);
  scan();
  EXPECT_EQ(voluntary("web"), 0);
  run(10, 7, 3);
  scan();
  EXPECT_EQ(voluntary("web"), 7);
  EXPECT_EQ(involuntary("web"), 3);
}

TEST_F(ContextSwitches, StartAtLifetimeTotalsWhereTheSettingsSaySo) {
  use_settings(R"({"baseline": "lifetime"})");
  add_old(10, "web");
  run(10, 1000, 100);
  scan();
  EXPECT_EQ(voluntary("web"), 1000);
  EXPECT_EQ(involuntary("web"), 100);
}

TEST_F(ContextSwitches, CountTheWholeLifeOfAProcessBornBetweenTwoScans) {
  scan();
  bear(11, "web");
  run(11, 40);
  scan();
  EXPECT_EQ(voluntary("web"), 40);
}

TEST_F(ContextSwitches, AreAskedForOnceAScanOfThoseThatRan) {
  for (const pid_t pid : {10, 11, 12}) {
    add_old(pid, "web");
    run(pid, 1);
  }
  host.work(1, kMs);
  scan();
  EXPECT_THAT(host.switches.asked, UnorderedElementsAre(1, 10, 11, 12));
  host.switches.asked.clear();
  run(11, 1);
  scan();
  EXPECT_THAT(host.switches.asked, ElementsAre(11));
  host.switches.asked.clear();
  scan();
  EXPECT_THAT(host.switches.asked, IsEmpty());
}

TEST_F(ContextSwitches, AreNotAskedForWhereTheSettingsLeaveThemOut) {
  use_settings(R"({"collect": ["cpu"]})");
  add_old(10, "web");
  run(10, 1);
  scan();
  EXPECT_THAT(host.switches.asked, IsEmpty());
  EXPECT_TRUE(value("web", Metric::voluntary_context_switches).is_absent());
}

TEST_F(ContextSwitches, NeverFallWhereAThreadThatEndsWasCountedTwice) {
  add_old(10, "web");
  run(10, 100);
  scan();
  run(10, 50);
  scan();
  host.work(10, kMs);
  host.at(10).switches.voluntary = 110;  // The answer before had been too high by 40 and more.
  scan();
  EXPECT_EQ(voluntary("web"), 50);
  run(10, 60);
  scan();
  EXPECT_EQ(voluntary("web"), 70);
}

TEST_F(ContextSwitches, OfADeadProcessAreCompletedByItsExitMessage) {
  hear_exits();
  add_old(10, "web").ppid = 1;
  run(10, 1000);
  scan();
  run(10, 5);
  scan();
  run(10, 20, 2);
  host.end_and_reap(10);
  scan();
  EXPECT_EQ(voluntary("web"), 25);
  EXPECT_EQ(involuntary("web"), 2);
  scan();
  EXPECT_EQ(voluntary("web"), 25);
}

TEST_F(ContextSwitches, OfAZombieWaitForItsExitMessage) {
  hear_exits();
  add_old(10, "web").ppid = 1;
  run(10, 1000);
  scan();
  run(10, 20);
  host.end(10);
  scan();
  scan();
  EXPECT_EQ(voluntary("web"), 0);
  host.reap(10);
  scan();
  EXPECT_EQ(voluntary("web"), 20);
}

TEST_F(ContextSwitches, OfAProcessThatNoScanSawAreInItsExitMessage) {
  hear_exits();
  scan();
  host.fork(1, 20, "ls", now_ticks() + 1);
  run(20, 9, 4);
  host.end_and_reap(20);
  scan();
  EXPECT_EQ(voluntary("ls"), 9);
  EXPECT_EQ(involuntary("ls"), 4);
  scan();
  EXPECT_EQ(voluntary("ls"), 9);
}

TEST_F(ContextSwitches, AreCreditedOnceWhereTheReaperCannotBeReadForAScan) {
  hear_exits();
  add_old(10, "web").ppid = 1;
  run(10, 10);
  scan();
  run(10, 5);
  host.fork(1, 20, "ls", now_ticks() + 1);
  run(20, 9);
  host.end_and_reap(10);
  host.end_and_reap(20);
  host.fail(1, procfs::PidFile::stat, ReadStatus::failed);
  scan();
  host.heal(1);
  scan();
  scan();
  EXPECT_EQ(voluntary("web"), 5);
  EXPECT_EQ(voluntary("ls"), 9);
}

TEST_F(ContextSwitches, AreAskedForAgainWhereNoAnswerCame) {
  add_old(10, "web");
  run(10, 100);
  scan();
  run(10, 5);
  host.switches.is_silent = true;
  scan();
  EXPECT_EQ(voluntary("web"), 0);
  host.switches.is_silent = false;
  scan();
  EXPECT_EQ(voluntary("web"), 5);
}

TEST_F(ContextSwitches, DoNotCountWhatWasDoneBeforeTheFirstAnswer) {
  add_old(10, "web");
  run(10, 100);
  host.switches.is_silent = true;
  scan();
  host.switches.is_silent = false;
  scan();
  run(10, 5);
  scan();
  EXPECT_EQ(voluntary("web"), 5);
}

// Whatever happens in which order: once all zombies are gone, books and truth agree.
class ContextSwitchesOfAHistory : public ContextSwitches,
                                  public ::testing::WithParamInterface<unsigned> {
 protected:
  unsigned upto(unsigned most) { return std::uniform_int_distribution<unsigned>(0, most)(random_); }

  pid_t pick(bool living) {
    std::vector<pid_t> pids;
    for (const auto& [pid, process] : host.processes()) {
      if (pid != 1 && (process.state != 'Z') == living) pids.push_back(pid);
    }
    return pids.empty() ? 0 : pids[upto(static_cast<unsigned>(pids.size()) - 1)];
  }

  void happen() {
    const auto living = pick(true);
    switch (upto(5)) {
      case 0:
        ++last_pid_;
        host.fork(living == 0 ? 1 : living, last_pid_, comm_of(last_pid_), now_ticks() + 1);
        break;
      case 1:
        if (living != 0) host.end(living);
        break;
      case 2:
        if (const auto zombie = pick(false); zombie != 0) host.reap(zombie);
        break;
      case 3:
        host.switches.is_silent = upto(3) == 0;
        break;
      default:
        if (living == 0) break;
        const auto switches = upto(9);
        run(living, switches);
        truth_[comm_of(living)] += switches;
        break;
    }
  }

  static std::string comm_of(pid_t pid) { return "group" + std::to_string(pid % 3); }

  std::map<std::string, std::uint64_t> truth_;

 private:
  std::mt19937 random_{GetParam()};
  pid_t last_pid_ = 10;
};

TEST_P(ContextSwitchesOfAHistory, AddUp) {
  hear_exits();
  use_settings(R"({"group_ttl": "24h"})");
  scan();
  for (int i = 0; i < 100; ++i) {
    for (auto events = upto(12); events > 0; --events) happen();
    scan();
  }
  host.switches.is_silent = false;
  for (auto zombie = pick(false); zombie != 0; zombie = pick(false)) host.reap(zombie);
  scan();
  for (const auto& [group, switches] : truth_) {
    EXPECT_EQ(voluntary(group), static_cast<double>(switches)) << group;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ContextSwitchesOfAHistory, ::testing::Range(0U, 20U));

class ContextSwitchesUnknown : public ScanSequence {};

TEST_F(ContextSwitchesUnknown, AreAbsentAndNotZero) {
  hear_exits();
  add_old(10, "web");
  host.work(10, kMs);
  scan();
  EXPECT_TRUE(value("web", Metric::voluntary_context_switches).is_absent());
  EXPECT_TRUE(value("web", Metric::involuntary_context_switches).is_absent());
}

}  // namespace
}  // namespace proctally::test
