// The names of threads: whatever they call themselves, how many there may be, and for how long.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/thread_sequence.h"

namespace proctally::test {
namespace {

class ThreadNames : public ThreadSequence {
 protected:
  ThreadNames() { use_settings(kAllThreads); }
};

TEST_F(ThreadNames, MayCallThemselvesAnything) {
  add_old(1, "app");
  host.add_thread(1, 2, "_ended", long_ago());
  host.add_thread(1, 3, "a\nb) R 1 (\xff", long_ago());
  host.add_thread(1, 4, "", long_ago());
  step();
  EXPECT_EQ(threads("app", R"(\x5fended)"), 1);
  EXPECT_EQ(threads("app", R"(a\x0ab) R 1 (\xff)"), 1);
  EXPECT_EQ(threads("app", "_empty"), 1);
}

TEST_F(ThreadNames, OfTooManyNamesShareOne) {
  add_old(1, "app");
  for (pid_t tid = 2; tid < 1002; ++tid) {
    host.add_thread(1, tid, "t" + std::to_string(tid), long_ago());
  }
  step();
  for (pid_t tid = 2; tid < 1002; ++tid) host.work_thread(1, tid, kMs);
  step();
  EXPECT_EQ(rows(), 257U);
  EXPECT_EQ(threads("app", "_other"), 1001 - 256);
  EXPECT_EQ(cpu_ns("app"), all_thread_ns("app"));
}

TEST_F(ThreadNames, NamesLikeOursAreNoWayAroundTheBound) {
  add_old(1, "app");
  for (pid_t tid = 2; tid < 1002; ++tid) {
    host.add_thread(1, tid, "_" + std::to_string(tid), long_ago());
  }
  step();
  EXPECT_EQ(rows(), 257U);
}

TEST_F(ThreadNames, NamesThatNobodyBearsExpireAndMakeRoom) {
  use_settings(
      R"({"process_names": [{"name": "app", "comm": ["app"], "threads": true}], "group_ttl": "10s"})");
  add_old(1, "app");
  step();
  for (pid_t tid = 2; tid < 1002; ++tid) {
    host.add_thread(1, tid, "t" + std::to_string(tid), just_now());
    host.work_thread(1, tid, kMs);
    step();
    host.end_thread(1, tid);
    ASSERT_LT(rows(), 15U);
  }
  EXPECT_FALSE(has_thread("app", "_other"));
}

}  // namespace
}  // namespace proctally::test
