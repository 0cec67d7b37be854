// `top`: only the busiest groups are published by themselves, the others as `_other`.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

using ::testing::ElementsAre;

class TopGroups : public ScanSequence {
 protected:
  [[nodiscard]] static std::vector<std::string> names(const Snapshot& snapshot) {
    std::vector<std::string> names;
    for (const auto& row : snapshot.groups) names.emplace_back(row.name);
    return names;
  }
  /// One scan in which each of these used so many ms.
  const Snapshot& scan_with_work(std::uint64_t a_ms, std::uint64_t b_ms, std::uint64_t c_ms) {
    host.work(10, a_ms * kMs);
    host.work(11, b_ms * kMs);
    host.work(12, c_ms * kMs);
    return scan();
  }
  void add_three() {
    add_old(10, "a");
    add_old(11, "b");
    add_old(12, "c");
  }
};

TEST_F(TopGroups, AreAllWhereTheSettingsDoNotSay) {
  use_settings(R"({"process_names": [{"comm": ["a", "b", "c"], "name": "{{.Comm}}"}]})");
  add_three();
  EXPECT_THAT(names(scan()), ElementsAre("a", "b", "c"));
}

constexpr auto kTopTwo =
    R"({"top": 2, "process_names": [{"comm": ["a", "b", "c"], "name": "{{.Comm}}"}]})";

TEST_F(TopGroups, AreTheBusiestAndTheRestIsOther) {
  use_settings(kTopTwo);
  add_three();
  scan();
  EXPECT_THAT(names(scan_with_work(30, 10, 20)), ElementsAre("_other", "a", "c"));
}

TEST_F(TopGroups, KeepEverySum) {
  use_settings(kTopTwo);
  add_three();
  host.at(11).rss_pages = 7;
  host.at(11).num_fds = 3;
  scan();
  std::uint64_t used_ms = 0;
  for (const std::uint64_t round : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U}) {
    // Everybody is the laziest in turn.
    scan_with_work(100 * (round % 3), 100 * ((round + 1) % 3), 100 * ((round + 2) % 3));
    used_ms += 300;
    std::uint64_t sum_ns = cpu_ns("_other");
    double processes = number("_other", Metric::num_procs);
    double usage = number("_other", Metric::cpu_usage);
    for (const auto* name : {"a", "b", "c"}) {
      if (!has_group(name)) continue;
      sum_ns += cpu_ns(name);
      processes += number(name, Metric::num_procs);
      usage += number(name, Metric::cpu_usage);
    }
    EXPECT_EQ(processes, 3) << round;
    EXPECT_DOUBLE_EQ(usage, 30) << round;
    // A group that is not published now published some of it before.
    EXPECT_LE(sum_ns, used_ms * kMs) << round;
  }
  reload(R"({"process_names": [{"comm": ["a", "b", "c"], "name": "{{.Comm}}"}]})");
  scan();
  EXPECT_EQ(cpu_ns("a") + cpu_ns("b") + cpu_ns("c") + cpu_ns("_other"), used_ms * kMs);
}

TEST_F(TopGroups, LeaveWhatWasPublishedAsOthersThere) {
  use_settings(kTopTwo);
  add_three();
  scan();
  scan_with_work(300, 200, 10);
  EXPECT_EQ(cpu_ns("_other"), 10 * kMs);
  scan_with_work(300, 0, 900);
  ASSERT_TRUE(has_group("c"));
  EXPECT_EQ(cpu_ns("c"), 900 * kMs);
  EXPECT_EQ(cpu_ns("_other"), 10 * kMs);
  scan_with_work(300, 5000, 0);
  ASSERT_TRUE(has_group("b"));
  EXPECT_EQ(cpu_ns("b"), 5200 * kMs);
}

TEST_F(TopGroups, DoNotChangePlacesForALittle) {
  use_settings(kTopTwo);
  add_three();
  scan();
  scan_with_work(300, 100, 90);
  EXPECT_THAT(names(scan_with_work(300, 90, 110)), ElementsAre("_other", "a", "b"));
  EXPECT_THAT(names(scan_with_work(300, 90, 200)), ElementsAre("_other", "a", "c"));
}

TEST_F(TopGroups, ForgetABurstWithTime) {
  use_settings(kTopTwo);
  add_three();
  scan();
  scan_with_work(1000, 1000, 0);
  EXPECT_THAT(names(scan()), ElementsAre("_other", "a", "b"));
  host.work(11, 100 * kMs);
  host.work(12, 100 * kMs);
  scan(1200.0);
  EXPECT_FALSE(has_group("a"));
}

TEST_F(TopGroups, MakeRoomForTheLivingWhereTheyAreGone) {
  use_settings(kTopTwo);
  add_three();
  scan();
  scan_with_work(30'000, 20'000, 1);
  host.remove(10);
  host.remove(11);
  host.work(12, kMs);
  scan();
  host.work(12, kMs);
  EXPECT_TRUE((scan(), has_group("c")));
}

TEST_F(TopGroups, IncludeThoseWhoseNameIsConstant) {
  use_settings(R"({"top": 2, "process_names": [{"comm": ["a"], "name": "fixed"},
                   {"comm": ["b", "c"], "name": "{{.Comm}}"}]})");
  add_three();
  scan();
  EXPECT_THAT(names(scan_with_work(0, 10, 20)), ElementsAre("_other", "c", "fixed"));
}

TEST_F(TopGroups, ShowTheWorstAndOldestOfTheRest) {
  use_settings(R"({"top": 1, "process_names": [{"comm": ["a", "b", "c"], "name": "{{.Comm}}"}]})");
  add_three();
  host.at(11).starttime_ticks = 50;
  host.at(11).num_fds = 512;
  host.at(12).rss_pages = 9;
  scan();
  scan_with_work(900, 200, 300);
  EXPECT_DOUBLE_EQ(number("_other", Metric::fd_usage_max), 50);
  EXPECT_DOUBLE_EQ(number("_other", Metric::memory_rss_max), 9 * FakeHost::kPageBytes);
  EXPECT_DOUBLE_EQ(number("_other", Metric::cpu_usage_max), 30);
  EXPECT_DOUBLE_EQ(number("_other", Metric::num_procs), 2);
}

class EmptyGroups : public ScanSequence {};

TEST_F(EmptyGroups, AreNotPublishedWhereTheSettingsSaySo) {
  use_settings(R"({"remove_empty_groups": true, "process_names": [{"comm": ["web"], "name": "web"},
                   {"comm": ["db"], "name": "{{.Comm}}"}]})");
  add_old(10, "db");
  scan();
  EXPECT_FALSE(has_group("web"));
  EXPECT_TRUE(has_group("db"));
  host.work(10, 10 * kMs);
  host.end_and_reap(10);
  scan();
  scan();
  EXPECT_FALSE(has_group("db"));
}

TEST_F(EmptyGroups, GoOnWithTheirCountersWhenTheyReturn) {
  use_settings(
      R"({"remove_empty_groups": true, "process_names": [{"comm": ["web"], "name": "web"}]})");
  add_old(10, "web");
  scan();
  host.work(10, 100 * kMs);
  scan();
  host.remove(10);
  scan();
  scan();
  EXPECT_FALSE(has_group("web"));
  bear(11, "web");
  host.work(11, 20 * kMs);
  scan();
  EXPECT_EQ(cpu_ns("web"), 120 * kMs);
}

TEST_F(EmptyGroups, ShowTheLastWorkOfTheirLastProcess) {
  use_settings(
      R"({"remove_empty_groups": true, "process_names": [{"comm": ["web"], "name": "web"}]})");
  add_old(1, "init");
  auto& web = add_old(10, "web");
  web.ppid = 1;
  hear_exits();
  scan();
  host.work(10, 100 * kMs);
  host.end_and_reap(10);
  scan();
  ASSERT_TRUE(has_group("web"));
  EXPECT_EQ(number("web", Metric::exited), 1);
  EXPECT_EQ(cpu_ns("web"), 100 * kMs);
  scan();
  EXPECT_FALSE(has_group("web"));
}

}  // namespace
}  // namespace proctally::test
