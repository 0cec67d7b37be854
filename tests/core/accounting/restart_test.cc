// The program is killed and started again: its counters go on as if it had only been slow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/accounting/state_fields.h"
#include "core/state_archive.h"
#include "tests/core/accounting/settlement.h"

namespace proctally::test {
namespace {

using testing::HasSubstr;

constexpr const char* kByComm = R"({"process_names": [
  {"name": "shells", "comm": ["sh"]}, {"name": "web", "comm": ["nginx"]},
  {"name": "{{.Comm}}", "kernel_thread": false}], "children": false})";
constexpr const char* kByCmdline = R"({"process_names": [
  {"name": "server", "comm": ["java"], "cmdline": ["server"]},
  {"name": "{{.Comm}}", "kernel_thread": false}]})";

class Restart : public Settlement {
 protected:
  std::string refusal_of(const std::string& state) {
    try {
      restart_from(state);
      return "";
    } catch (const StateError& error) {
      return error.what();
    }
  }
};

TEST_F(Restart, GoesOnWithEveryCounterAndCountsTheWorkDoneMeanwhile) {
  count_switches();
  add_old(10, "sh").clock_ns = 9 * kSecond;
  scan();
  host.work(10, 100 * kMs);
  host.at(10).io.read_chars += 5000;
  host.at(10).switches.voluntary += 3;
  scan();
  host.work(10, 20 * kMs);
  host.at(10).io.read_chars += 700;
  host.at(10).switches.voluntary += 2;
  restart();
  host.work(10, 3 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("sh"), 123 * kMs);
  EXPECT_EQ(number("sh", Metric::minor_faults), 3);
  EXPECT_EQ(number("sh", Metric::read_bytes), 5700);
  EXPECT_EQ(number("sh", Metric::voluntary_context_switches), 5);
  EXPECT_EQ(number(SelfMetric::cpu_grouped_seconds), 0.123);
}

TEST_F(Restart, TellsThePercentageOverTheWholeTime) {
  add_old(10, "sh");
  scan();
  restart();
  host.work(10, 1000 * kMs);
  scan(4);
  EXPECT_EQ(number("sh", Metric::cpu_usage), 25);
}

TEST_F(Restart, ReadsTheGaugesOfThoseWhoSleepAtOnce) {
  auto& sleeper = add_old(10, "sh");
  sleeper.rss_pages = 10;
  sleeper.num_fds = 4;
  scan();
  restart();
  sleeper.rss_pages = 20;
  scan();
  EXPECT_EQ(number("sh", Metric::memory_rss), 20.0 * FakeHost::kPageBytes);
  EXPECT_EQ(number("sh", Metric::num_fds), 4);
}

TEST_F(Restart, CountsTheWholeLifeOfWhoWasBornMeanwhileAndStillLives) {
  begin();
  first_scan();
  restart();
  fork_to_work(kShell, "make", 50 * kMs);
  scan();
  expect_truth_of_each();
  EXPECT_EQ(number("make", Metric::started), 1);
}

TEST_F(Restart, SettlesWhoDiedMeanwhileAlsoUnheard) {
  hear_exits();
  begin();
  const auto old = fork(kShell, "make");
  first_scan();
  work(old, 70 * kMs);
  scan();
  restart();
  work(old, 30 * kMs);
  end_and_reap(old);
  lose_messages_so_far();
  scan();
  expect_truth_of_each();
  EXPECT_EQ(number("make", Metric::exited), 1);
}

TEST_F(Restart, GivesTheWorkOfWhomNobodySawOrHeardToTheirReaper) {
  hear_exits();
  begin();
  first_scan();
  restart();
  run_unseen(kShell, "true", 40 * kMs);
  lose_messages_so_far();
  scan();
  EXPECT_FALSE(has_group("true"));
  EXPECT_EQ(cpu_of("sh"), true_cpu_ns());
}

TEST_F(Restart, TakesAProgramStartedMeanwhileForAnotherFromThenOn) {
  use_settings(kByComm);
  add_old(10, "sh");
  scan();
  host.work(10, 100 * kMs);
  scan();
  restart();
  host.at(10).comm = "nginx";
  host.work(10, 40 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("shells"), 100 * kMs);
  EXPECT_EQ(cpu_ns("web"), 40 * kMs);
  EXPECT_EQ(number("web", Metric::started), 0);
}

TEST_F(Restart, TakesAPidUsedAgainMeanwhileForANewProcess) {
  begin();
  const auto old = fork(kShell, "make");
  first_scan();
  work(old, 70 * kMs);
  scan();
  restart();
  end_and_reap(old);
  host.fork(kShell, old, "make", now_ticks() + 5);
  work(old, 20 * kMs);
  scan();
  expect_truth_of_each();
  EXPECT_EQ(number("make", Metric::started), 1);
  EXPECT_EQ(number("make", Metric::exited), 1);
}

TEST_F(Restart, CountsTheLifetimeBeforeTheFirstScanOnce) {
  use_settings(R"({"baseline": "lifetime"})");
  add_old(10, "sh").clock_ns = 9 * kSecond;
  scan();
  restart();
  host.work(10, 100 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("sh"), 9 * kSecond + 100 * kMs);
}

TEST_F(Restart, LeavesWhoCannotBeAskedAnyMoreInItsGroup) {
  use_settings(kByCmdline);
  add_old(10, "java").cmdline = "java server";
  add_old(11, "java").cmdline = "java server";
  scan();
  restart();
  slow.hang(10);
  host.work(10, 30 * kMs);
  host.work(11, 20 * kMs);
  host.end_and_reap(11);
  for (int i = 0; i < 3; ++i) scan();
  EXPECT_EQ(cpu_ns("server"), 30 * kMs);
  EXPECT_EQ(number("server", Metric::exited), 1);
  EXPECT_FALSE(has_group("java"));
}

TEST_F(Restart, KeepsOrphansWithThoseTheyInheritedFrom) {
  use_settings(R"({"process_names": [{"name": "init", "comm": ["init"]},
                                     {"name": "job", "comm": ["sh"]}]})");
  begin();
  const auto child = fork(kShell, "true");
  scan();
  host.end_and_reap(kShell);
  scan();
  restart();
  host.work(child, 10 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("job"), 10 * kMs);
}

TEST_F(Restart, NamesAllAnewWithOtherSettingsAndKeepsWhatWasCounted) {
  add_old(10, "sh");
  scan();
  host.work(10, 100 * kMs);
  scan();
  restart(kByComm);
  host.work(10, 10 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("sh"), 100 * kMs);
  EXPECT_EQ(cpu_ns("shells"), 10 * kMs);
  EXPECT_EQ(number("web", Metric::num_procs), 0) << "a configured group is there from the start";
}

TEST_F(Restart, GoesOnWithGroupsWithoutMembersUntilTheirTimeIsOver) {
  use_settings(R"({"group_ttl": "60s"})");
  begin();
  const auto child = fork(kShell, "make");
  first_scan();
  work(child, 10 * kMs);
  scan();
  end_and_reap(child);
  scan();
  restart();
  scan(30);
  EXPECT_EQ(cpu_ns("make"), 10 * kMs);
  restart();
  scan(31);
  EXPECT_FALSE(has_group("make"));
}

TEST_F(Restart, KeepsApartWhatIsPublishedAsOther) {
  use_settings(R"({"top": 1, "children": false})");
  for (const pid_t pid : {10, 11, 12}) add_old(pid, "p" + std::to_string(pid));
  scan();
  for (int i = 0; i < 4; ++i) {
    const pid_t busy = 10 + i % 3;
    for (const pid_t pid : {10, 11, 12}) host.work(pid, pid == busy ? 900 * kMs : 10 * kMs);
    restart();
    scan(100);  // What fell would be seen there.
  }
  EXPECT_DOUBLE_EQ(number(SelfMetric::cpu_grouped_seconds), 4 * 0.92);
}

TEST_F(Restart, GoesOnWithItsOwnCounters) {
  hear_exits();
  begin();
  first_scan();
  run_unseen(kShell, "true", 1 * kMs);
  host.exits.lose();
  scan();
  ASSERT_EQ(number(SelfMetric::exits_seen), 1);
  restart();
  scan();
  EXPECT_EQ(number(SelfMetric::exits_seen), 1);
  EXPECT_GE(number(SelfMetric::exits_lost), 1);
}

// --- what is no state

class StateOfAHost : public Restart {
 protected:
  void SetUp() override {
    hear_exits();
    begin();
    const auto child = fork(kShell, "make");
    first_scan();
    work(child, 10 * kMs);
    run_unseen(kShell, "true", 10 * kMs);
    scan();
    host.end(fork_to_work(kShell, "zombie", 10 * kMs));  // Its message waits.
    scan();
    state_ = saved_state();
  }
  std::string state_;
};

TEST_F(StateOfAHost, IsTheSameWhenItIsReadAndSavedAgain) {
  restart();
  scan(0);
  const auto first = saved_state();
  restart();
  scan(0);
  EXPECT_EQ(saved_state(), first);
}

TEST_F(StateOfAHost, IsRefusedWhereAnythingIsMissing) {
  for (std::size_t size = 0; size < state_.size(); ++size) {
    EXPECT_THAT(refusal_of(state_.substr(0, size)), HasSubstr("too early")) << size;
  }
}

TEST_F(StateOfAHost, IsRefusedWhereAnythingFollows) {
  EXPECT_EQ(refusal_of(state_ + '\0'), "it goes on after its end");
}

TEST_F(StateOfAHost, OfAnotherLayoutIsRefused) {
  state_.front() = 99;
  EXPECT_EQ(refusal_of(state_), "it is of another version of proctally");
}

TEST_F(StateOfAHost, OfATimeThatIsStillToComeIsRefused) {
  // As after a return to the snapshot of a virtual machine.
  scan(100);
  const auto later = saved_state();
  scan(-50);
  EXPECT_EQ(refusal_of(later), "it is of a time that is still to come");
}

// The file has a checksum; the sanitizers see here that the core needs none to be safe.
TEST_F(StateOfAHost, WithAnyBitTurnedIsRefusedOrHarmless) {
  int refused = 0;
  for (std::size_t i = 0; i < state_.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto turned = state_;
      turned[i] = static_cast<char>(static_cast<unsigned char>(turned[i]) ^ (1U << bit));
      try {
        scan_apart(turned);
      } catch (const StateError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 0);
}

// Of records without content each number is a byte.
TEST(StateLayout, IsThatOfItsNumber) {
  accounting::Process process;
  process.reaped = std::make_unique<accounting::Reaped>();
  std::string records;
  StateWriter writer(records);
  writer(accounting::Account{}, process, kernel::ProcessExit{}, accounting::ScanStats{});
  writer.flush();
  EXPECT_EQ(Collector::kStateLayout, 1);
  EXPECT_EQ(records.size(), 190U)
      << "what is in a state changed: give Collector::kStateLayout the next number";
}

}  // namespace
}  // namespace proctally::test
