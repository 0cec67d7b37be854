#include "core/accounting/lineage.h"

#include <gtest/gtest.h>

#include <utility>

namespace proctally::accounting {
namespace {

class LineageTest : public ::testing::Test {
 protected:
  static Process process(pid_t pid, pid_t ppid, std::uint64_t born_ticks) {
    Process process;
    process.pid = pid;
    process.ppid = ppid;
    process.starttime_ticks = born_ticks;
    process.state = 'S';
    return process;
  }
  Process& add_living(pid_t pid, pid_t ppid, std::uint64_t born_ticks) {
    return table_.add(process(pid, ppid, born_ticks));
  }
  /// Returns its place.
  std::size_t add_dead(pid_t pid, pid_t ppid, std::uint64_t born_ticks,
                       std::size_t exit = kNoExit) {
    dead_.push_back({process(pid, ppid, born_ticks), exit});
    return dead_.size() - 1;
  }
  std::size_t add_exit(pid_t pid, pid_t ppid) {
    kernel::ProcessExit exit;
    exit.pid = pid;
    exit.ppid = ppid;
    exits_.push_back(exit);
    return exits_.size() - 1;
  }
  /// 0: nobody is known.
  [[nodiscard]] pid_t reaper_of(const Lineage::Member& member) {
    lineage_.rebuild();
    const auto* reaper = lineage_.find_reaper(member);
    return reaper == nullptr ? 0 : reaper->pid;
  }
  [[nodiscard]] pid_t reaper_of_dead(std::size_t place) {
    return reaper_of(lineage_.member_of_dead(place));
  }
  [[nodiscard]] pid_t reaper_of_exit(std::size_t place) {
    return reaper_of(lineage_.member_of_exit(place));
  }

  ProcessTable table_;
  std::vector<Dead> dead_;
  std::vector<kernel::ProcessExit> exits_;
  Lineage lineage_{table_, dead_, exits_};
};

TEST_F(LineageTest, LeadsToTheParentThatLives) {
  add_living(10, 1, 5);
  EXPECT_EQ(reaper_of_dead(add_dead(20, 10, 50)), 10);
  EXPECT_EQ(reaper_of_exit(add_exit(21, 10)), 10);
}

TEST_F(LineageTest, LeadsOverTheDeadToTheNearestThatLives) {
  add_living(10, 1, 5);
  const auto innermost = add_exit(23, 22);
  add_exit(22, 21);
  add_dead(21, 20, 60);
  const auto outermost = add_exit(20, 10);
  add_dead(20, 10, 50, outermost);
  EXPECT_EQ(reaper_of_exit(innermost), 10);
  EXPECT_EQ(reaper_of_dead(0), 10);
}

TEST_F(LineageTest, BreaksOffAtAParentThatNobodyKnows) {
  add_living(10, 1, 5);
  EXPECT_EQ(reaper_of_dead(add_dead(20, 19, 50)), 0);
  EXPECT_EQ(reaper_of_exit(add_exit(21, 18)), 0);
}

TEST_F(LineageTest, TakesNoYoungerProcessForTheParent) {
  add_living(10, 1, 70);  // Has the pid of the parent that is gone.
  EXPECT_EQ(reaper_of_dead(add_dead(20, 10, 50)), 0);
}

TEST_F(LineageTest, TakesWhoEndedLaterForTheParentAndNotWhoHasItsPidNow) {
  add_living(1, 0, 1);
  add_living(10, 9, 70);
  const auto child = add_exit(20, 10);
  add_exit(10, 1);
  EXPECT_EQ(reaper_of_exit(child), 1);
}

TEST_F(LineageTest, TakesNobodyForTheParentWhoEndedBefore) {
  add_living(10, 1, 5);
  add_exit(10, 9);  // Somebody else, who had that pid before.
  EXPECT_EQ(reaper_of_exit(add_exit(20, 10)), 10);
}

TEST_F(LineageTest, BelievesTheMessageWhereItNamesAnotherParentThanTheRecord) {
  add_living(1, 0, 1);
  add_living(10, 1, 5);
  const auto exit = add_exit(20, 1);  // Adopted since the record was read.
  EXPECT_EQ(reaper_of_dead(add_dead(20, 10, 50, exit)), 1);
}

TEST_F(LineageTest, BelievesTheRecordOfAZombieWhichIsYoungerThanItsMessage) {
  add_living(1, 0, 1);
  add_living(10, 1, 5);
  const auto exit = add_exit(20, 10);
  const auto place = add_dead(20, 1, 50, exit);
  dead_[place].process.state = 'Z';
  EXPECT_EQ(reaper_of_dead(place), 1);
}

TEST_F(LineageTest, ComesToAnEndWhereParentsGoInACircle) {
  add_dead(20, 21, 50);
  add_dead(21, 20, 50);
  EXPECT_EQ(reaper_of_dead(0), 0);
}

TEST_F(LineageTest, KnowsThatAZombieWaitsForNobody) {
  auto& parent = add_living(10, 1, 5);
  const auto member = lineage_.member_of_dead(add_dead(20, 10, 50));
  lineage_.rebuild();
  EXPECT_TRUE(lineage_.has_waiting_parent(member));
  parent.state = 'Z';
  EXPECT_FALSE(lineage_.has_waiting_parent(member));
  EXPECT_EQ(lineage_.find_living_parent(member), &parent);
}

TEST_F(LineageTest, FindsTheParentAmongTheDeadOnlyWhereItIsNotAlive) {
  add_living(10, 1, 5);
  const auto child = lineage_.member_of_dead(add_dead(20, 10, 50));
  const auto grandchild = lineage_.member_of_dead(add_dead(30, 20, 60));
  lineage_.rebuild();
  EXPECT_EQ(lineage_.find_dead_parent(child), nullptr);
  ASSERT_NE(lineage_.find_dead_parent(grandchild), nullptr);
  EXPECT_EQ(lineage_.find_dead_parent(grandchild)->pid, 20);
}

TEST_F(LineageTest, FindsTheParentOfOneThatLives) {
  add_living(10, 1, 5);
  const auto child = process(20, 10, 50);
  const auto stranger = process(21, 9, 50);
  lineage_.rebuild();
  ASSERT_NE(lineage_.find_parent(child), nullptr);
  EXPECT_EQ(lineage_.find_parent(child)->pid, 10);
  EXPECT_EQ(lineage_.find_parent(stranger), nullptr);
}

}  // namespace
}  // namespace proctally::accounting
