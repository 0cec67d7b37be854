#include "plugins/graphite/spool_backlog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "tests/plugins/graphite/recording_log.h"
#include "tests/plugins/graphite/spool_tools.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins::graphite {
namespace {

using test::FaultyFiles;
using test::numbered_batch;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int64_t kNow = 1000;

class SpoolBacklogTest : public testing::Test {
 protected:
  SpoolBacklogTest() { open(); }

  void open() {
    backlog_.reset();
    backlog_ = std::make_unique<SpoolBacklog>(dir_.path() / "spool", SpoolLimits{}, QueueLimits{},
                                              "tcp://a:2003", log_, files_);
  }
  void push(std::uint64_t number, std::int64_t now_s = kNow) {
    backlog_->push(std::make_shared<const Batch>(numbered_batch(number)), now_s);
  }
  std::string take(std::int64_t now_s = kNow) {
    const auto rest = backlog_->take(now_s);
    return rest ? std::string(rest->text()) : "nothing";
  }
  void expect_accounts(std::uint64_t confirmed_lines, std::uint64_t taken_lines) const {
    EXPECT_EQ(backlog_->came().lines, confirmed_lines + taken_lines + backlog_->waiting().lines +
                                          backlog_->dropped().total().lines);
  }

  test::TempDir dir_;
  FaultyFiles files_;
  test::RecordingLog log_;
  std::unique_ptr<SpoolBacklog> backlog_;
};

TEST_F(SpoolBacklogTest, GivesBatchesInTheOrderTheyCameIn) {
  EXPECT_TRUE(backlog_->is_empty());
  push(1);
  push(2);
  EXPECT_EQ(backlog_->waiting(), (Tally{.batches = 2, .lines = 4}));
  EXPECT_EQ(take(), numbered_batch(1).lines);
  expect_accounts(0, 2);
  EXPECT_EQ(take(), numbered_batch(2).lines);
  EXPECT_TRUE(backlog_->is_empty());
  EXPECT_EQ(take(), "nothing");
  backlog_->confirm(1, kNow);
  backlog_->confirm(1, kNow);
  expect_accounts(4, 0);
}

TEST_F(SpoolBacklogTest, GivesToTheNextProcessWhatWasNotConfirmed) {
  for (std::uint64_t i = 0; i < 4; ++i) push(i);
  (void)take();
  (void)take();
  backlog_->confirm(1, kNow);
  open();
  EXPECT_EQ(backlog_->came().batches, 3U);
  EXPECT_THAT(log_.lines(), Contains("tcp://a:2003: 6 lines of 3 scans are still in the spool"));
  EXPECT_EQ(take(), numbered_batch(1).lines);
}

TEST_F(SpoolBacklogTest, KnowsAfterAKillWhatWasConfirmedAMomentAfterAPush) {
  push(1);
  (void)take();
  backlog_->confirm(1, kNow);
  files_.make_read_only();  // Nothing of its end comes to the disk.
  backlog_.reset();
  files_.repair();
  open();
  EXPECT_EQ(backlog_->came(), Tally{});
}

TEST_F(SpoolBacklogTest, TakesBackWhatWasNotDeliveredFromALineOn) {
  push(1);
  push(2);
  std::vector<BatchRest> taken;
  for (int i = 0; i < 2; ++i) taken.push_back(*backlog_->take(kNow));
  taken[0] = taken[0].after(numbered_batch(1).lines.find('\n') + 1);
  backlog_->give_back(taken, kNow);
  EXPECT_EQ(backlog_->waiting(), (Tally{.batches = 2, .lines = 3}));
  expect_accounts(1, 0);
  EXPECT_EQ(take(), taken[0].text());
  EXPECT_EQ(take(), numbered_batch(2).lines);
  backlog_->confirm(2, kNow);
  expect_accounts(4, 0);
}

TEST_F(SpoolBacklogTest, CountsAsDroppedOnlyTheLinesThatHadNotArrived) {
  push(1);
  auto rest = *backlog_->take(kNow);
  backlog_->give_back({rest.after(numbered_batch(1).lines.find('\n') + 1)}, kNow);
  EXPECT_EQ(take(kNow + SpoolLimits{}.max_age_s + 1), "nothing");
  EXPECT_EQ(backlog_->dropped()[DropReason::too_old].lines, 1U);
  expect_accounts(1, 0);
}

TEST_F(SpoolBacklogTest, KeepsInMemoryWhatTheDiskRefusesAndSpoolsItLater) {
  push(1);
  files_.fail(FaultyFiles::Call::write, ENOSPC);
  for (std::uint64_t i = 2; i <= 4; ++i) push(i);
  EXPECT_EQ(backlog_->waiting().batches, 4U);
  EXPECT_GT(backlog_->disk()->errors, 0U);
  EXPECT_THAT(log_.lines(), Contains(AllOf(HasSubstr("tcp://a:2003: spool: "),
                                           HasSubstr("No space left on device; what the disk "
                                                     "refuses waits in memory"))));
  EXPECT_THAT(log_.lines(), SizeIs(1));
  files_.repair();
  push(5);
  open();  // All of it was on disk by then.
  for (std::uint64_t i = 1; i <= 5; ++i) EXPECT_EQ(take(), numbered_batch(i).lines);
}

TEST_F(SpoolBacklogTest, DeliversWhatTheDiskRefusesBehindWhatItHas) {
  push(1);
  files_.fail(FaultyFiles::Call::write, ENOSPC);
  push(2);
  push(3);
  std::vector<BatchRest> taken;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    taken.push_back(*backlog_->take(kNow));
    EXPECT_EQ(taken.back().text(), numbered_batch(i).lines);
  }
  backlog_->give_back(taken, kNow);
  expect_accounts(0, 0);
  for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(take(), numbered_batch(i).lines);
  backlog_->confirm(3, kNow);
  expect_accounts(6, 0);
  EXPECT_TRUE(backlog_->is_empty());
}

TEST_F(SpoolBacklogTest, SpoolsTheRestOfABatchThatArrivedInPart) {
  files_.fail(FaultyFiles::Call::write, ENOSPC);
  push(1);
  const auto rest = backlog_->take(kNow)->after(numbered_batch(1).lines.find('\n') + 1);
  backlog_->give_back({rest}, kNow);
  files_.repair();
  push(2);
  EXPECT_EQ(backlog_->waiting_bytes(), 0U);
  expect_accounts(1, 0);
  EXPECT_EQ(take(), rest.text());
  EXPECT_EQ(take(), numbered_batch(2).lines);
  backlog_->confirm(2, kNow);
  expect_accounts(4, 0);
}

TEST_F(SpoolBacklogTest, SaysAgainThatTheDiskWorksWhenItHasForAMinute) {
  files_.fail(FaultyFiles::Call::write, ENOSPC);
  push(1);
  files_.repair();
  push(2, kNow + 30);
  EXPECT_THAT(log_.lines(), SizeIs(1));
  push(3, kNow + 61);
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("the disk takes everything again")));
}

TEST_F(SpoolBacklogTest, PutsOnDiskAtItsEndWhatItCan) {
  files_.fail(FaultyFiles::Call::write, ENOSPC);
  for (std::uint64_t i = 1; i <= 50; ++i) push(i);
  EXPECT_EQ(backlog_->disk()->pending, Tally{});
  files_.repair();
  push(51);
  EXPECT_EQ(backlog_->disk()->pending.batches, 10U) << "each may wait for the disk";
  backlog_->end(kNow);
  EXPECT_EQ(backlog_->disk()->pending.batches, 51U);
}

TEST_F(SpoolBacklogTest, GivesWhatIsInMemoryWhereTheDiskDoesNotGiveWhatItHas) {
  push(1);
  files_.fail(FaultyFiles::Call::write, EIO);
  push(2);
  files_.fail(FaultyFiles::Call::read, EIO);
  EXPECT_EQ(take(), numbered_batch(2).lines);
  EXPECT_EQ(take(), "nothing");
  files_.repair();
  EXPECT_EQ(take(), numbered_batch(1).lines);
}

TEST_F(SpoolBacklogTest, WaitsWhereTheDiskDoesNotGiveWhatItHas) {
  push(1);
  files_.fail(FaultyFiles::Call::read, EIO);
  EXPECT_EQ(take(), "nothing");
  EXPECT_FALSE(backlog_->is_empty());
  files_.repair();
  EXPECT_EQ(take(), numbered_batch(1).lines);
}

TEST_F(SpoolBacklogTest, RefusesAFolderThatAnotherProcessUses) {
  try {
    const SpoolBacklog other(dir_.path() / "spool", SpoolLimits{}, QueueLimits{}, "x", log_);
    FAIL() << "was opened twice";
  } catch (const SpoolError& error) {
    EXPECT_THAT(error.what(), HasSubstr("spool"));
  }
}

}  // namespace
}  // namespace proctally::plugins::graphite
