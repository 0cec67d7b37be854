// What of threads is read, and what happens where it cannot be.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/thread_sequence.h"

namespace proctally::test {
namespace {

using procfs::PidFile;

class ThreadReading : public ThreadSequence {
 protected:
  ThreadReading() { use_settings(kAllThreads); }

  /// An old process with an old thread, seen once.
  void see_app() {
    add_old(1, "app");
    host.add_thread(1, 2, "worker", 200);
    host.work_thread(1, 1, kMs);
    host.work_thread(1, 2, kMs);
    step();
  }
  std::uint64_t task_reads_of_step() {
    const auto before = host.counts.tasks;
    step();
    return host.counts.tasks - before;
  }
};

TEST_F(ThreadReading, IsOffForGroupsThatDoNotAsk) {
  use_settings(R"({"process_names": [
      {"name": "asks", "comm": ["asks"], "threads": true}, {"name": "{{.Comm}}", "kernel_thread": false}]})");
  add_old(1, "app");
  host.add_thread(1, 2, "worker", 200);
  step();
  for (int i = 0; i < 5; ++i) {
    host.work_thread(1, 2, kMs);
    EXPECT_EQ(task_reads_of_step(), 0U);
  }
  EXPECT_EQ(rows(), 0U);
  host.at(1).comm = "asks";
  host.work_thread(1, 2, kMs);
  EXPECT_GT(task_reads_of_step(), 0U);
  EXPECT_EQ(threads("asks", "worker"), 1);
}

TEST_F(ThreadReading, IsOffForTheManyThatMaxGroupsPutsTogether) {
  use_settings(
      R"({"process_names": [{"name": "{{.Comm}}", "kernel_thread": false, "threads": true}], "max_groups": 1})");
  add_old(1, "a");
  add_old(2, "b");
  add_old(3, "c");
  step();
  EXPECT_EQ(number("_other", Metric::num_procs), 2);
  EXPECT_EQ(rows(), 1U);
}

TEST_F(ThreadReading, LeavesAProcessAloneWhoseClockStoodStill) {
  see_app();
  EXPECT_EQ(task_reads_of_step(), 0U);
  EXPECT_EQ(threads("app", "worker"), 1);
}

TEST_F(ThreadReading, AsksAThreadThatDidNotRunForItsRunTimeAlone) {
  see_app();
  host.work_thread(1, 1, kMs);
  // The listing, the run times of both, and of the one that ran stat, status, io and wchan.
  EXPECT_EQ(task_reads_of_step(), 7U);
}

TEST_F(ThreadReading, LeavesOutFamiliesThatAreOff) {
  use_settings(
      R"({"process_names": [{"name": "{{.Comm}}", "kernel_thread": false, "threads": true}], "collect": ["cpu"]})");
  see_app();
  host.work_thread(1, 1, kMs);
  EXPECT_EQ(task_reads_of_step(), 5U);
  EXPECT_FALSE(thread_value("app", "app", ThreadMetric::cpu_time).is_absent());
  EXPECT_TRUE(thread_value("app", "app", ThreadMetric::disk_read_bytes).is_absent());
  EXPECT_TRUE(thread_value("app", "app", ThreadMetric::minor_faults).is_absent());
  EXPECT_TRUE(thread_value("app", "app", ThreadMetric::voluntary_context_switches).is_absent());
}

TEST_F(ThreadReading, TakesTicksWhereTheKernelKeepsNoRunTimes) {
  host.has_schedstat = false;
  see_app();
  host.work_thread(1, 2, 30 * kMs, 0.0);
  step();
  EXPECT_EQ(thread_number("app", "worker", ThreadMetric::cpu_time_system), 0.03);
}

TEST_F(ThreadReading, MissesNothingOfAThreadThatCannotBeReadForAWhile) {
  see_app();
  for (const auto file : {PidFile::schedstat, PidFile::stat, PidFile::status, PidFile::io}) {
    host.fail_thread(1, 2, file, ReadStatus::failed);
    host.work_thread(1, 2, 30 * kMs);
    step();
    EXPECT_EQ(threads("app", "worker"), 1);
    host.heal(1);
    step();  // It sleeps from then on.
    EXPECT_EQ(thread_ns("app", "worker"), cpu_ns("app"));
    EXPECT_FALSE(has_thread("app", "_ended"));
  }
}

TEST_F(ThreadReading, MissesNothingWhereTheListingFails) {
  see_app();
  host.fail_thread_listing(1, ReadStatus::denied);
  host.work_thread(1, 2, 30 * kMs);
  step();
  EXPECT_EQ(threads("app", "worker"), 1);
  EXPECT_EQ(thread_ns("app", "worker"), 0U);
  host.heal(1);
  step();
  EXPECT_EQ(thread_ns("app", "worker"), 30 * kMs);
  EXPECT_FALSE(has_thread("app", "_ended"));
}

TEST_F(ThreadReading, FindsThreadsThatAListingPassesOver) {
  see_app();
  host.pass_over_thread(2);
  host.work_thread(1, 2, 30 * kMs);
  step();
  EXPECT_EQ(threads("app", "worker"), 1);
  EXPECT_EQ(thread_ns("app", "worker"), 30 * kMs);
}

TEST_F(ThreadReading, TakesNoThreadForEndedThatAListingHasNotShownYet) {
  see_app();
  host.add_thread(1, 3, "late", now_ticks() + 50);
  host.pass_over_thread(3);
  host.work_thread(1, 3, 30 * kMs);
  step();
  EXPECT_FALSE(has_thread("app", "_ended"));
}

TEST_F(ThreadReading, KnowsNoIoWhereThatMayNotBeRead) {
  see_app();
  host.add_thread(1, 3, "secret", now_ticks() + 50);
  host.fail_thread(1, 3, PidFile::io, ReadStatus::denied);
  host.work_thread(1, 3, 30 * kMs);
  step();
  EXPECT_TRUE(thread_value("app", "secret", ThreadMetric::disk_read_bytes).is_absent());
  EXPECT_EQ(thread_ns("app", "secret"), 30 * kMs);
  EXPECT_FALSE(thread_value("app", "worker", ThreadMetric::disk_read_bytes).is_absent());
}

TEST_F(ThreadReading, GoesOnAfterAReload) {
  see_app();
  host.work_thread(1, 2, 30 * kMs);
  reload(kAllThreads);
  step();
  EXPECT_EQ(thread_ns("app", "worker"), 30 * kMs);
  reload("{}");
  host.work_thread(1, 2, 30 * kMs);
  step();
  EXPECT_EQ(rows(), 0U);
  host.work_thread(1, 2, 30 * kMs);
  reload(kAllThreads);
  step();
  host.work_thread(1, 2, 20 * kMs);
  step();
  EXPECT_EQ(thread_ns("app", "worker"), 50 * kMs);  // Nothing of the time when nobody asked.
  EXPECT_FALSE(has_thread("app", "_ended"));
}

}  // namespace
}  // namespace proctally::test
