// How processes find their groups, and what their work does when they change it.
#include <gtest/gtest.h>

#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

using procfs::PidFile;

class Regrouping : public ScanSequence {
 protected:
  // Rules that need no slow reader, rules that need one, and a rule for nobody else.
  static constexpr const char* kByComm = R"({"process_names": [
      {"name": "shells", "comm": ["sh"]}, {"name": "web", "comm": ["nginx"]}]})";
  static constexpr const char* kByCmdline = R"json({"process_names": [
      {"name": "app-{{.Matches.Name}}", "cmdline": ["--app=(?P<Name>\\w+)"]},
      {"name": "{{.Comm}}", "kernel_thread": false}]})json";
};

TEST_F(Regrouping, GivesANameOfTheStartTimeByTheKernelsTimeOfTheBoot) {
  use_settings(R"({"process_names": [{"comm": ["web"], "name": "{{.StartTime}}"}]})");
  add_old(10, "web").starttime_ticks = 150;
  host.boot_unix_seconds = 1'600'000'000;  // Not what the clocks of the scan say.
  scan();
  EXPECT_TRUE(has_group("2020-09-13 12:26:41.5 +0000 UTC"));
}

TEST_F(Regrouping, MovesLaterWorkOnExecAndLeavesEarlierWorkWhereItWas) {
  use_settings(kByComm);
  add_old(10, "sh");
  scan();
  host.work(10, 100 * kMs);
  scan();
  host.at(10).comm = "nginx";
  host.work(10, 40 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("shells"), 100 * kMs);
  EXPECT_EQ(cpu_ns("web"), 40 * kMs);
  EXPECT_EQ(number("shells", Metric::num_procs), 0);
  EXPECT_EQ(number("web", Metric::num_procs), 1);
}

TEST_F(Regrouping, CountsNothingTwiceOfAProcessThatLeavesAndReturns) {
  use_settings(kByComm);
  add_old(10, "sh").clock_ns = 9 * kSecond;
  scan();
  for (int i = 0; i < 3; ++i) {
    host.at(10).comm = "nginx";
    host.work(10, 10 * kMs);
    scan();
    host.at(10).comm = "sh";
    host.work(10, 10 * kMs);
    scan();
  }
  EXPECT_EQ(cpu_ns("shells"), 30 * kMs);
  EXPECT_EQ(cpu_ns("web"), 30 * kMs);
  EXPECT_EQ(number("web", Metric::started), 0);
  EXPECT_EQ(number("shells", Metric::exited), 0);
}

TEST_F(Regrouping, AsksForTheCommandLineAgainWhileAProcessIsYoung) {
  use_settings(kByCmdline);
  add_old(9, "java");
  scan();
  bear(10, "java").cmdline = "java -version";
  scan();
  EXPECT_EQ(number("java", Metric::num_procs), 2);
  host.at(10).cmdline = "java --app=shop";  // exec of the same program
  host.work(10, 5 * kMs);
  scan();
  EXPECT_EQ(number("java", Metric::num_procs), 1);
  EXPECT_EQ(cpu_ns("app-shop"), 5 * kMs);
}

TEST_F(Regrouping, FollowsATitleThatAnOldProcessWritesOverItsArguments) {
  use_settings(kByCmdline);
  add_old(10, "worker").cmdline = "worker --app=shop";
  scan();
  EXPECT_TRUE(has_group("app-shop"));
  host.at(10).cmdline = "worker --app=blog";
  host.work(10, 10 * kMs);  // It has to run for that.
  for (int i = 0; i < 40; ++i) scan();
  EXPECT_EQ(number("app-blog", Metric::num_procs), 1);
  EXPECT_EQ(number("app-shop", Metric::num_procs), 0);
}

TEST_F(Regrouping, AsksForNoCommandLineOfWhoSleeps) {
  use_settings(kByCmdline);
  add_old(10, "worker").cmdline = "worker --app=shop";
  scan();
  scan();
  const auto before = slow.requests;
  for (int i = 0; i < 40; ++i) scan();
  EXPECT_EQ(slow.requests, before);
}

TEST_F(Regrouping, AsksForNothingThatNoRuleLooksAt) {
  use_settings(kByComm);
  add_old(10, "sh");
  scan();
  host.work(10, kMs);
  scan();
  EXPECT_EQ(slow.requests, 0U);
  EXPECT_EQ(host.counts.by_file[PidFile::cgroup], 0U);
  EXPECT_EQ(host.counts.by_file[PidFile::status], 0U);
}

TEST_F(Regrouping, KeepsTheWorkOfAProcessWhoseNameIsAwaitedForTheGroupItTurnsOutToBeIn) {
  use_settings(kByCmdline);
  add_old(9, "java");
  scan();
  slow.hang(10);
  bear(10, "java").cmdline = "java --app=shop";
  host.work(10, 200 * kMs);
  scan();
  EXPECT_FALSE(has_group("app-shop"));
  EXPECT_EQ(cpu_ns("java"), 0U);
  EXPECT_EQ(number(SelfMetric::processes_unnamed), 1);
  slow.let_go(10);
  host.work(10, 100 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("app-shop"), 300 * kMs);
  EXPECT_EQ(number("app-shop", Metric::started), 1);
  // 300 ms in two seconds, of which one is this scan's.
  EXPECT_DOUBLE_EQ(number("app-shop", Metric::cpu_usage), 15.0);
}

TEST_F(Regrouping, NamesAProcessByItsCommWhenItsCommandLineHangsAndCountsItWhole) {
  use_settings(kByCmdline);
  add_old(9, "java");
  scan();
  slow.hang(10);
  auto& stuck = bear(10, "backup");
  stuck.state = 'D';
  stuck.cmdline = "backup --app=store";
  host.work(10, 70 * kMs);
  for (int i = 0; i < 4; ++i) scan();
  EXPECT_EQ(cpu_ns("backup"), 70 * kMs);
  EXPECT_EQ(number("backup", Metric::procs_blocked), 1);
  EXPECT_EQ(number(SelfMetric::processes_unnamed), 0);
  // When the file server is back the process is named for good; its past stays where it was.
  slow.let_go(10);
  host.work(10, 5 * kMs);
  scan();
  scan();
  EXPECT_EQ(cpu_ns("backup"), 70 * kMs);
  EXPECT_EQ(cpu_ns("app-store"), 5 * kMs);
}

TEST_F(Regrouping, TakesAnAnswerThatComesWhenNobodyWaitsForItAnyMore) {
  use_settings(kByCmdline);
  slow.hang(10);
  add_old(10, "java").cmdline = "java --app=shop";
  for (int i = 0; i < 4; ++i) scan();
  EXPECT_EQ(number("java", Metric::num_procs), 1);
  slow.let_go(10);
  scan();
  EXPECT_EQ(number("app-shop", Metric::num_procs), 1);
}

TEST_F(Regrouping, LosesNoWorkOfAProcessThatDiesWhileItsNameIsAwaited) {
  use_settings(kByCmdline);
  add_old(9, "java");
  scan();
  slow.hang(10);
  bear(10, "flash");
  host.work(10, 30 * kMs);
  scan();
  host.remove(10);
  scan();
  EXPECT_EQ(cpu_ns("flash"), 30 * kMs);
  EXPECT_EQ(number("flash", Metric::started), 1);
  EXPECT_EQ(number("flash", Metric::exited), 1);
}

TEST_F(Regrouping, DoesNotLetAProcessEscapeByRenamingItselfWhileItsCommandLineHangs) {
  use_settings(kByCmdline);
  add_old(9, "java");
  scan();
  slow.hang(10);
  bear(10, "evader");
  for (int i = 0; i < 10; ++i) {
    host.at(10).comm = "evader" + std::to_string(i);
    host.work(10, 10 * kMs);
    scan();
  }
  double total = 0;
  for (int i = 0; i < 10; ++i) {
    const auto name = "evader" + std::to_string(i);
    if (has_group(name)) total += number(name, Metric::cpu_time);
  }
  EXPECT_GE(total, 0.08);  // All but what the last scans still hold.
  EXPECT_EQ(number(SelfMetric::cpu_ungrouped_seconds), 0);
}

TEST_F(Regrouping, LeavesAYoungProcessInItsGroupWhenItsCommandLineCannotBeReadAgain) {
  use_settings(kByCmdline);
  add_old(9, "java");
  scan();
  bear(10, "java").cmdline = "java --app=shop";
  scan();
  slow.hang(10);
  for (int i = 0; i < 4; ++i) {
    host.work(10, 10 * kMs);
    scan();
  }
  host.remove(10);
  scan();
  EXPECT_EQ(cpu_ns("app-shop"), 40 * kMs);
  EXPECT_EQ(number("app-shop", Metric::exited), 1);
  EXPECT_EQ(cpu_ns("java"), 0U);
}

TEST_F(Regrouping, FollowsABusyProcessToAnotherCgroup) {
  use_settings(R"({"process_names": [
      {"name": "a", "cgroup": ["/a*"]}, {"name": "b", "cgroup": ["/b*"]}]})");
  add_old(10, "sh").cgroup = "/a/1";
  scan();
  host.at(10).cgroup = "/b";
  for (int i = 0; i < 34; ++i) {
    host.work(10, kMs);
    scan();
  }
  EXPECT_EQ(number("b", Metric::num_procs), 1);
}

TEST_F(Regrouping, TakesALifetimeThatWaitedForItsNameForNoUsageOfNow) {
  use_settings(R"({"baseline": "lifetime", "process_names": [
      {"name": "{{.ExeBase}}", "kernel_thread": false}]})");
  add_old(9, "db");
  add_old(10, "web").clock_ns = 3600 * kSecond;
  slow.hang(10);
  scan();
  slow.let_go(10);
  scan();
  EXPECT_EQ(cpu_ns("web"), 3600 * kSecond);
  EXPECT_EQ(number("web", Metric::cpu_usage), 0);
  EXPECT_EQ(number(SelfMetric::cpu_grouped_seconds), 0);
}

TEST_F(Regrouping, LetsAnUnmatchedChildInheritFromItsParent) {
  use_settings(kByComm);
  add_old(10, "sh");
  add_old(11, "grep").ppid = 10;
  add_old(12, "sort").ppid = 11;
  scan();
  EXPECT_EQ(number("shells", Metric::num_procs), 3);
  host.work(12, 50 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("shells"), 50 * kMs);
}

TEST_F(Regrouping, KeepsAnHeirInItsGroupWhenInitAdoptsIt) {
  use_settings(kByComm);
  add_old(1, "init");
  add_old(10, "sh");
  add_old(11, "grep").ppid = 10;
  scan();
  host.remove(10);
  host.at(11).ppid = 1;
  host.at(11).comm = "grep2";  // It is even named again.
  host.work(11, 20 * kMs);
  scan();
  EXPECT_EQ(number("shells", Metric::num_procs), 1);
  EXPECT_EQ(cpu_ns("shells"), 20 * kMs);
}

TEST_F(Regrouping, PrefersAnOwnMatchOverInheritance) {
  use_settings(kByComm);
  add_old(10, "sh");
  add_old(11, "nginx").ppid = 10;
  scan();
  EXPECT_EQ(number("web", Metric::num_procs), 1);
  EXPECT_EQ(number("shells", Metric::num_procs), 1);
}

TEST_F(Regrouping, InheritsNothingWhereChildrenIsOff) {
  use_settings(R"({"children": false, "process_names": [{"name": "shells", "comm": ["sh"]}]})");
  add_old(10, "sh");
  add_old(11, "grep").ppid = 10;
  scan();
  EXPECT_EQ(number("shells", Metric::num_procs), 1);
  host.work(11, 50 * kMs);
  scan();
  EXPECT_DOUBLE_EQ(number(SelfMetric::cpu_ungrouped_seconds), 0.05);
}

TEST_F(Regrouping, WaitsForAParentWhoseNameIsAwaited) {
  use_settings(R"({"process_names": [{"name": "app", "cmdline": ["--app"]}]})");
  add_old(1, "init");
  scan();
  slow.hang(10);
  bear(10, "sh").cmdline = "sh --app";
  auto& child = bear(11, "grep");
  child.ppid = 10;
  child.cmdline = "grep";
  host.work(11, 10 * kMs);
  scan();
  EXPECT_EQ(number("app", Metric::num_procs), 0);
  slow.let_go(10);
  scan();
  EXPECT_EQ(number("app", Metric::num_procs), 2);
  EXPECT_EQ(cpu_ns("app"), 10 * kMs);
}

TEST_F(Regrouping, KeepsExcludedProcessesAndTheirHeirsOutOfEveryGroup) {
  use_settings(R"({"process_names": [
      {"comm": ["backup"], "exclude": true}, {"name": "all", "comm": ["sh"]}]})");
  add_old(10, "backup");
  add_old(11, "tar").ppid = 10;
  scan();
  host.work(10, 10 * kMs);
  host.work(11, 10 * kMs);
  scan();
  EXPECT_EQ(number("all", Metric::num_procs), 0);
  EXPECT_DOUBLE_EQ(number(SelfMetric::cpu_ungrouped_seconds), 0.02);
}

TEST_F(Regrouping, FollowsAMoveToAnotherCgroup) {
  use_settings(R"({"process_names": [
      {"name": "a", "cgroup": ["/a*"]}, {"name": "b", "cgroup": ["/b*"]}]})");
  add_old(10, "sh").cgroup = "/a/1";
  scan();
  EXPECT_EQ(number("a", Metric::num_procs), 1);
  host.at(10).cgroup = "/b";  // It sleeps all the while.
  for (int i = 0; i < 34; ++i) scan();
  EXPECT_EQ(number("b", Metric::num_procs), 1);
}

TEST_F(Regrouping, MatchesUsersByNameAndNumber) {
  use_settings(R"({"process_names": [
      {"name": "root's", "user": ["root"]}, {"name": "other's", "user": ["1000"]}]})");
  add_old(10, "sh").uid = 0;
  add_old(11, "sh").uid = 1000;
  scan();
  EXPECT_EQ(number("root's", Metric::num_procs), 1);
  EXPECT_EQ(number("other's", Metric::num_procs), 1);
}

TEST_F(Regrouping, OnReloadMovesProcessesAndKeepsEveryCounter) {
  use_settings(kByComm);
  add_old(10, "sh");
  scan();
  host.work(10, 100 * kMs);
  scan();
  reload(R"({"process_names": [{"name": "renamed", "comm": ["sh"]}]})");
  host.work(10, 10 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("shells"), 100 * kMs);
  EXPECT_EQ(cpu_ns("renamed"), 10 * kMs);
  reload(kByComm);
  host.work(10, 10 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("shells"), 110 * kMs);
}

}  // namespace
}  // namespace proctally::test
