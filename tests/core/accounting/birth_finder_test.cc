#include "core/accounting/birth_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_host.h"

namespace proctally::accounting {
namespace {

using test::FakeHost;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class BirthFinderTest : public ::testing::Test {
 protected:
  BirthFinderTest() {
    for (pid_t pid = 1; pid <= 100; ++pid) host_.add(pid, "old", 1);
  }
  const std::vector<pid_t>& find(BirthFinder& finder) {
    EXPECT_EQ(finder.find(host_.processes().size(), candidates_), ReadStatus::ok);
    return candidates_;
  }

  FakeHost host_;
  BirthFinder finder_{host_, host_, kernel::BirthRoute::pid_cursor};
  std::vector<pid_t> candidates_;
};

TEST_F(BirthFinderTest, ListsTheFolderAtFirst) {
  EXPECT_EQ(find(finder_).size(), 100U);
  EXPECT_TRUE(finder_.listed());
}

TEST_F(BirthFinderTest, ReadsNothingMoreWhileTheCursorStandsStill) {
  find(finder_);
  find(finder_);
  const auto listings = host_.counts.listings;
  const auto clocks = host_.counts.clocks;
  EXPECT_THAT(find(finder_), IsEmpty());
  EXPECT_EQ(host_.counts.listings, listings);
  EXPECT_EQ(host_.counts.clocks, clocks);
}

TEST_F(BirthFinderTest, AsksOnlyForThePidsThatTheCursorPassed) {
  find(finder_);
  find(finder_);
  const auto listings = host_.counts.listings;
  host_.add(103, "new", 500);
  EXPECT_THAT(find(finder_), ElementsAre(103));
  EXPECT_EQ(host_.counts.listings, listings);
}

TEST_F(BirthFinderTest, FindsABirthThatWasHalfDoneOneScanLater) {
  find(finder_);
  find(finder_);
  host_.last_pid = 101;  // The pid is given out, the process not yet there.
  EXPECT_THAT(find(finder_), IsEmpty());
  host_.add(101, "late", 500);
  EXPECT_THAT(find(finder_), ElementsAre(101));
}

TEST_F(BirthFinderTest, ListsAgainWhenTheNumbersWrap) {
  find(finder_);
  find(finder_);
  host_.add(50'000, "high", 500);
  find(finder_);
  host_.remove(7);
  host_.add(7, "reused", 600);
  EXPECT_THAT(find(finder_), Contains(7));
  EXPECT_TRUE(finder_.listed());
}

TEST_F(BirthFinderTest, ListsWhereThatIsCheaperThanAsking) {
  find(finder_);
  find(finder_);
  host_.add(100'000, "far", 500);
  const auto clocks = host_.counts.clocks;
  EXPECT_THAT(find(finder_), Contains(100'000));
  EXPECT_EQ(host_.counts.clocks, clocks);
}

TEST_F(BirthFinderTest, ListsNowAndThenForPidsThatTheCursorNeverPassed) {
  find(finder_);
  host_.add(5'000, "high", 500);
  for (unsigned i = 0; i < 3; ++i) find(finder_);
  auto& restored = host_.add(3'000, "restored", 700);  // As CRIU does, with a pid of its choice.
  host_.last_pid = 5'000;
  EXPECT_THAT(find(finder_), Not(Contains(restored.pid)));
  bool found = false;
  for (unsigned i = 0; i < BirthFinder::kListingPeriod && !found; ++i) {
    find(finder_);
    found = std::find(candidates_.begin(), candidates_.end(), restored.pid) != candidates_.end();
  }
  EXPECT_TRUE(found);
}

TEST_F(BirthFinderTest, ListsInEachScanWhereTheCursorCannotBeUsed) {
  BirthFinder finder(host_, host_, kernel::BirthRoute::listing);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(find(finder).size(), 100U);
    EXPECT_TRUE(finder.listed());
  }
}

}  // namespace
}  // namespace proctally::accounting
