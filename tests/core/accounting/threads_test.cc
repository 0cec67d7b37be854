// What the threads of a group did, by their names: to whom it is booked, and that it stays there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/thread_sequence.h"

namespace proctally::test {
namespace {

using testing::ElementsAre;
using testing::Pair;

class Threads : public ThreadSequence {
 protected:
  Threads() { use_settings(kAllThreads); }
};

// process-exporter's TestTrackerThreads and Threads, with the first sight of a thread as that of a
// process: one that is born under our eyes counts with its whole life.
TEST_F(Threads, CountFromTheFirstScanOnOrFromTheirBirth) {
  add_old(1, "t1");
  step();
  EXPECT_EQ(threads("t1", "t1"), 1);
  EXPECT_EQ(thread_ns("t1", "t1"), 0U);
  host.add_thread(1, 2, "t2", just_now());
  host.work_thread(1, 1, kSecond);
  host.work_thread(1, 2, kSecond);
  step();
  EXPECT_EQ(thread_ns("t1", "t1"), kSecond);
  EXPECT_EQ(thread_ns("t1", "t2"), kSecond);
  host.add_thread(1, 3, "t2", just_now());
  host.work_thread(1, 1, kSecond);
  host.work_thread(1, 2, kSecond);
  host.work_thread(1, 3, kSecond);
  step();
  EXPECT_EQ(thread_ns("t1", "t1"), 2 * kSecond);
  EXPECT_EQ(thread_ns("t1", "t2"), 3 * kSecond);
  EXPECT_EQ(threads("t1", "t2"), 2);
  host.end_thread(1, 2);
  host.work_thread(1, 3, 4 * kSecond);
  step();
  EXPECT_EQ(thread_ns("t1", "t1"), 2 * kSecond);
  EXPECT_EQ(thread_ns("t1", "t2"), 7 * kSecond);
  EXPECT_EQ(threads("t1", "t2"), 1);
  EXPECT_EQ(cpu_ns("t1"), all_thread_ns("t1"));
}

TEST_F(Threads, AllFiguresOfOneAreBookedToItsName) {
  add_old(1, "main");
  host.add_thread(1, 2, "worker", long_ago());
  step();
  auto& worker = host.at(1).threads.at(2);
  worker.switches = {.voluntary = 7, .involuntary = 3};
  worker.minor_faults += 4;  // And one by its work.
  worker.major_faults += 6;
  worker.io.read_bytes = 4096;
  worker.io.written_bytes = 8192;
  host.work_thread(1, 2, 40 * kMs, 0.75);
  step();
  EXPECT_EQ(thread_number("main", "worker", ThreadMetric::cpu_time_user), 0.03);
  EXPECT_EQ(thread_number("main", "worker", ThreadMetric::cpu_time_system), 0.01);
  EXPECT_EQ(thread_number("main", "worker", ThreadMetric::voluntary_context_switches), 7);
  EXPECT_EQ(thread_number("main", "worker", ThreadMetric::involuntary_context_switches), 3);
  EXPECT_EQ(thread_number("main", "worker", ThreadMetric::minor_faults), 5);
  EXPECT_EQ(thread_number("main", "worker", ThreadMetric::major_faults), 6);
  EXPECT_EQ(thread_number("main", "worker", ThreadMetric::disk_read_bytes), 4096);
  EXPECT_EQ(thread_number("main", "worker", ThreadMetric::disk_write_bytes), 8192);
  EXPECT_EQ(thread_ns("main", "main"), 0U);
}

TEST_F(Threads, EachCountsOnceAlsoWhereAProcessHasOnlyOne) {
  add_old(1, "app");
  host.add_thread(1, 2, "worker", long_ago());
  add_old(3, "app");
  add_old(4, "app");
  step();
  EXPECT_EQ(threads("app", "app"), 3);
  EXPECT_EQ(threads("app", "worker"), 1);
  EXPECT_EQ(number("app", Metric::num_threads), 4);
}

TEST_F(Threads, OfAProcessThatIsBornCountWithTheirWholeLife) {
  step();
  bear(10, "app");
  host.work(10, 5 * kMs);
  host.add_thread(10, 11, "worker", just_now());
  host.work_thread(10, 11, 30 * kMs);
  step();
  EXPECT_EQ(thread_ns("app", "app"), 5 * kMs);
  EXPECT_EQ(thread_ns("app", "worker"), 30 * kMs);
}

TEST_F(Threads, OfAProcessWhoseNameWasAwaitedLoseNothing) {
  use_settings(R"({"process_names": [{"cmdline": ["app"], "name": "app", "threads": true}]})");
  step();
  slow.hang(10);
  bear(10, "app");
  host.add_thread(10, 11, "worker", just_now());
  host.work_thread(10, 11, 30 * kMs);
  step();
  EXPECT_EQ(rows(), 0U);
  slow.let_go(10);
  host.work_thread(10, 11, 30 * kMs);
  step();
  EXPECT_EQ(thread_ns("app", "worker"), 60 * kMs);
  EXPECT_EQ(cpu_ns("app"), all_thread_ns("app"));
}

TEST_F(Threads, StartAtLifetimeTotalsWhereTheSettingsSaySo) {
  use_settings(
      R"({"process_names": [{"name": "{{.Comm}}", "kernel_thread": false, "threads": true}], "baseline": "lifetime"})");
  add_old(1, "app");
  host.add_thread(1, 2, "worker", long_ago());
  host.add_thread(1, 3, "short", long_ago());
  host.work_thread(1, 2, 2 * kSecond);
  host.work_thread(1, 3, kSecond);
  host.end_thread(1, 3);
  step();
  EXPECT_EQ(thread_ns("app", "worker"), 2 * kSecond);
  EXPECT_EQ(thread_ns("app", "_ended"), kSecond);
}

TEST_F(Threads, CountersOfANameGoOnWhenItReturns) {
  add_old(1, "app");
  host.add_thread(1, 2, "b", long_ago());
  step();
  host.work_thread(1, 2, 2 * kSecond);
  step();
  host.end_thread(1, 2);
  host.work_thread(1, 1, kMs);
  step();
  EXPECT_EQ(threads("app", "b"), 0);
  EXPECT_EQ(thread_ns("app", "b"), 2 * kSecond);
  host.add_thread(1, 3, "b", just_now());
  host.work_thread(1, 3, kSecond);
  step();
  EXPECT_EQ(threads("app", "b"), 1);
  EXPECT_EQ(thread_ns("app", "b"), 3 * kSecond);
}

TEST_F(Threads, StayWhileTheirGroupIsEmpty) {
  auto& app = add_old(1, "app");
  host.add_thread(1, 2, "b", long_ago());
  step();
  host.work_thread(1, 2, 2 * kSecond);
  step();
  const auto copy = app;
  host.remove(1);
  step();
  EXPECT_EQ(threads("app", "b"), 0);
  EXPECT_EQ(thread_ns("app", "b"), 2 * kSecond);
  host.add(1, "app", just_now());
  host.add_thread(1, 5, "b", just_now());
  host.work_thread(1, 5, kSecond);
  step();
  EXPECT_EQ(thread_ns("app", "b"), 3 * kSecond);
}

TEST_F(Threads, WorkUnderTheirNewNameOnceTheyAreRenamed) {
  add_old(1, "app");
  host.add_thread(1, 100, "a", long_ago());
  step();
  host.work_thread(1, 100, 70 * kMs);
  step();
  host.at(1).threads.at(100).comm = "z";
  host.work_thread(1, 100, 100 * kMs);
  step();
  EXPECT_EQ(thread_ns("app", "a"), 70 * kMs);
  EXPECT_EQ(thread_ns("app", "z"), 100 * kMs);
  EXPECT_EQ(threads("app", "a"), 0);
  EXPECT_EQ(threads("app", "z"), 1);
}

TEST_F(Threads, WhatOneDidAfterItWasLastReadIsOfTheEnded) {
  add_old(1, "app");
  host.add_thread(1, 2, "worker", long_ago());
  step();
  EXPECT_FALSE(has_thread("app", "_ended"));
  host.work_thread(1, 2, 30 * kMs);
  step();
  host.work_thread(1, 2, 20 * kMs, 0.5);
  host.end_thread(1, 2);
  host.add_thread(1, 3, "brief", just_now());  // No scan ever sees it.
  host.work_thread(1, 3, 10 * kMs, 0.0);
  host.end_thread(1, 3);
  host.work_thread(1, 1, 5 * kMs);
  step();
  EXPECT_EQ(thread_ns("app", "worker"), 30 * kMs);
  EXPECT_EQ(thread_ns("app", "app"), 5 * kMs);
  EXPECT_EQ(thread_ns("app", "_ended"), 30 * kMs);
  EXPECT_EQ(cpu_ns("app"), all_thread_ns("app"));
  EXPECT_TRUE(thread_value("app", "_ended", ThreadMetric::num_threads).is_absent());
  EXPECT_TRUE(thread_value("app", "_ended", ThreadMetric::minor_faults).is_absent());
  EXPECT_FALSE(has_thread("app", "brief"));
}

TEST_F(Threads, OfAProcessThatEndedAreOfTheEndedWithWhatNoScanSaw) {
  add_old(1, "init");
  add_old(9, "shell");
  step();
  host.fork(9, 10, "app", just_now());
  host.work(10, 30 * kMs);
  step();
  host.work(10, 20 * kMs);
  host.end_and_reap(10);
  step();
  EXPECT_EQ(cpu_ns("app"), 50 * kMs);
  EXPECT_EQ(thread_ns("app", "app"), 30 * kMs);
  EXPECT_EQ(thread_ns("app", "_ended"), 20 * kMs);
}

TEST_F(Threads, ReadLaterThanTheirProcessMakeNobodyEnd) {
  add_old(1, "app");
  host.add_thread(1, 2, "worker", long_ago());
  step();
  for (int i = 0; i < 5; ++i) {
    host.work_thread(1, 2, 30 * kMs);
    host.at(1).threads.at(2).run_ns += 4 * kMs;  // Between the two readings.
    step();
    host.at(1).threads.at(2).run_ns -= 4 * kMs;
    host.work_thread(1, 2, 4 * kMs);
  }
  step();
  EXPECT_EQ(cpu_ns("app"), kMs * 5 * 34);
  EXPECT_EQ(thread_ns("app", "worker"), kMs * 5 * 34);
  EXPECT_FALSE(has_thread("app", "_ended"));
}

TEST_F(Threads, FollowTheirProcessIntoAnotherGroup) {
  add_old(1, "one");
  host.add_thread(1, 2, "worker", long_ago());
  step();
  host.work_thread(1, 2, 30 * kMs);
  step();
  host.at(1).comm = "two";
  host.at(1).threads.at(1).comm = "two";
  host.work_thread(1, 2, 20 * kMs);
  step();
  EXPECT_EQ(thread_ns("one", "worker"), 30 * kMs);
  EXPECT_EQ(threads("one", "worker"), 0);
  EXPECT_EQ(thread_ns("two", "worker"), 20 * kMs);
  EXPECT_EQ(threads("two", "worker"), 1);
  EXPECT_EQ(threads("two", "two"), 1);
  EXPECT_FALSE(has_thread("two", "_ended"));
}

TEST_F(Threads, OfAnOldProcessThatComesIntoTheGroupStartAtZero) {
  use_settings(R"({"process_names": [
      {"name": "app", "comm": ["app"], "threads": true}, {"name": "rest", "comm": ["wrapper"]}]})");
  add_old(1, "wrapper");
  host.add_thread(1, 2, "worker", long_ago());
  step();
  host.work_thread(1, 2, 30 * kMs);
  host.at(1).comm = "app";
  step();
  EXPECT_EQ(thread_ns("app", "worker"), 0U);
  EXPECT_FALSE(has_thread("app", "_ended"));
  host.work_thread(1, 2, 20 * kMs);
  step();
  EXPECT_EQ(thread_ns("app", "worker"), 20 * kMs);
  EXPECT_FALSE(has_thread("app", "_ended"));
}

TEST_F(Threads, OfChildrenThatInheritTheGroupAreItsOwn) {
  use_settings(R"({"process_names": [{"name": "app", "comm": ["app"], "threads": true}]})");
  add_old(9, "app");
  step();
  host.fork(9, 10, "child", just_now());
  host.add_thread(10, 11, "worker", just_now());
  host.work_thread(10, 11, 30 * kMs);
  step();
  EXPECT_EQ(thread_ns("app", "worker"), 30 * kMs);
  EXPECT_EQ(threads("app", "child"), 1);
}

TEST_F(Threads, AreTheKernelsToo) {
  add_old(20, "kworker/0:1").is_kernel_thread = true;
  step();
  host.work(20, 10 * kMs, 0.0);
  step();
  EXPECT_EQ(thread_number("kworker/0:1", "kworker/0:1", ThreadMetric::cpu_time_system), 0.01);
}

TEST_F(Threads, TidsThatAreUsedAgainAreOtherThreads) {
  add_old(1, "app");
  host.add_thread(1, 2, "worker", long_ago());
  host.work_thread(1, 2, 100 * kMs);
  step();
  host.end_thread(1, 2);
  host.add_thread(1, 2, "worker", just_now());
  host.work_thread(1, 2, 30 * kMs);
  step();
  EXPECT_EQ(thread_ns("app", "worker"), 30 * kMs);
}

TEST_F(Threads, WaitAtTheirPlacesInTheKernelOnceEach) {
  add_old(1, "app").wchan = "ep_poll";
  host.add_thread(1, 2, "a", long_ago()).wchan = "0";
  host.add_thread(1, 3, "b", long_ago()).wchan = "io_wait";
  host.add_thread(1, 4, "c", long_ago()).wchan = "";
  add_old(5, "app").wchan = "ep_poll";
  step();
  EXPECT_THAT(wchans(),
              ElementsAre(Pair(Pair("app", "ep_poll"), 2), Pair(Pair("app", "io_wait"), 1)));
  host.at(1).threads.at(3).wchan = "0";
  host.work_thread(1, 3, kMs);
  step();
  EXPECT_THAT(wchans(), ElementsAre(Pair(Pair("app", "ep_poll"), 2)));
}

TEST_F(Threads, OfAGroupThatIsFoldedAreNotPublished) {
  use_settings(
      R"({"process_names": [{"name": "{{.Comm}}", "kernel_thread": false, "threads": true}], "top": 1})");
  add_old(1, "busy");
  add_old(2, "lazy");
  step();
  host.work(1, kSecond);
  host.work(2, kMs);
  step();
  EXPECT_TRUE(has_thread("busy", "busy"));
  EXPECT_FALSE(has_thread("lazy", "lazy"));
  EXPECT_FALSE(has_thread("_other", "lazy"));
}

// What a group did as a part of `_other` stays there, and so does what its threads did.
TEST_F(Threads, GoOnWhereTheyWereWhenTheirGroupReturnsFromOther) {
  use_settings(R"({"top": 1, "process_names": [{"comm": ["a", "b"], "name": "{{.Comm}}",
                   "threads": true}]})");
  add_old(1, "a");
  add_old(2, "b");
  step();
  const auto work = [this](pid_t pid, std::uint64_t ms) { host.work(pid, ms * kMs); };
  work(1, 500);
  step();
  EXPECT_EQ(thread_ns("a", "a"), 500 * kMs);
  work(1, 100);
  work(2, 900);
  step();
  EXPECT_FALSE(has_thread("a", "a"));
  EXPECT_EQ(thread_ns("b", "b"), 900 * kMs);
  work(1, 3000);
  step();
  EXPECT_EQ(thread_ns("a", "a"), 3500 * kMs);
  EXPECT_EQ(all_thread_ns("a"), cpu_ns("a"));
}

}  // namespace
}  // namespace proctally::test
