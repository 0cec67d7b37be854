// What a spool does where the disk does not give back what was written: it tries again for a
// minute, and gives up no more than that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "plugins/graphite/spool.h"
#include "tests/plugins/graphite/spool_tools.h"

namespace proctally::test {
namespace {

using plugins::graphite::kRecordHeaderBytes;
using plugins::graphite::Spool;
using testing::HasSubstr;
using testing::SizeIs;
using Call = FaultyFiles::Call;

using SpoolDiskReadingTest = SpoolTest;

TEST_F(SpoolDiskReadingTest, TriesAgainWhatCannotBeRead) {
  open();
  spool(0);
  spool(1);
  for (const auto call : {Call::open, Call::status, Call::read}) {
    open();
    files_.fail(call, EIO);
    for (std::int64_t now_s = 1000; now_s <= 1060; now_s += 10) {
      EXPECT_THAT(take(now_s), HasSubstr("Input/output error"));
    }
    EXPECT_EQ(spool_->stats().disk_errors, 7U);
    EXPECT_EQ(spool_->oldest_time_s(1060), std::nullopt);
    files_.repair();
    EXPECT_EQ(take_all(*spool_), lines_of({0, 1}));
    EXPECT_EQ(spool_->stats().dropped.total(), Tally{});
  }
}

TEST_F(SpoolDiskReadingTest, GivesUpLinesThatCannotBeReadForAMinute) {
  open();
  spool(0);
  spool(1);
  EXPECT_EQ(spool_->oldest_time_s(1000), 1000);  // Its header is read, its lines are not.
  files_.fail(Call::read, EIO, 3);
  EXPECT_THAT(take(1000), HasSubstr("Input/output error"));
  EXPECT_THAT(take(1060), HasSubstr("Input/output error"));
  EXPECT_EQ(take(1061), numbered_batch(1).lines);
  EXPECT_EQ(spool_->stats().dropped[Reason::damaged], (Tally{.batches = 1, .lines = 2}));
  const auto found = spool_->take_findings();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(to_string(found[0]), HasSubstr("Input/output error"));
}

TEST_F(SpoolDiskReadingTest, GivesUpAFileThatCannotBeReadForAMinute) {
  auto limits = wide_limits();
  limits.segment_bytes = 2 * (kRecordHeaderBytes + numbered_batch(0).lines.size());
  open(limits);
  for (std::uint64_t i = 0; i < 4; ++i) spool(i);
  open(limits);
  files_.fail(Call::read, EIO, 2);
  EXPECT_THAT(take(1000), HasSubstr("Input/output error"));
  EXPECT_EQ(take(1061), numbered_batch(2).lines);
  EXPECT_EQ(spool_->stats().dropped[Reason::damaged], (Tally{.batches = 2, .lines = 4}));
}

TEST_F(SpoolDiskReadingTest, WaitsAMinuteForEachFailureAnew) {
  open();
  spool(0);
  spool(1);
  open();
  files_.fail(Call::read, EIO, 1);
  EXPECT_THAT(take(1000), HasSubstr("Input/output error"));
  EXPECT_EQ(take(1001), numbered_batch(0).lines);
  files_.fail(Call::read, EIO, 1);
  EXPECT_THAT(take(2000), HasSubstr("Input/output error"));
  EXPECT_EQ(take(2001), numbered_batch(1).lines);
}

TEST_F(SpoolDiskReadingTest, NeverGivesUpForWantOfDescriptorsOrRights) {
  open();
  spool(0);
  open();
  for (const auto error : {EMFILE, ENFILE, ENOMEM, EACCES}) {
    files_.fail(Call::open, error);
    for (std::int64_t now_s = 1000; now_s < 100'000; now_s += 1000) {
      EXPECT_THAT(take(now_s), HasSubstr("cannot open"));
    }
    files_.repair();
  }
  EXPECT_EQ(take(), numbered_batch(0).lines);
}

TEST_F(SpoolDiskReadingTest, GoesOnWhereAFileCannotBeReadAtTheStart) {
  auto limits = wide_limits();
  limits.segment_bytes = 1;
  open(limits);
  for (std::uint64_t i = 0; i < 3; ++i) spool(i);
  kill();
  for (int broken = 0; broken < 3; ++broken) {
    SCOPED_TRACE(broken);
    files_.fail(Call::read, EIO, 1, broken);  // One read for each file of one record.
    open(limits);
    EXPECT_THAT(errors_, SizeIs(1));
    ASSERT_THAT(findings_, SizeIs(1));
    EXPECT_THAT(to_string(findings_[0]), HasSubstr("Input/output error"));
    spool(100);
    auto expected = std::vector<std::uint64_t>{0, 1, 2, 100};
    expected.erase(expected.begin() + broken);
    EXPECT_EQ(take_all(*spool_), lines_of(expected));
    kill();
    // The disk is well again: so is the batch, as long as its place was not passed.
    open(limits);
    EXPECT_EQ(take_all(*spool_), lines_of({0, 1, 2, 100}));
    kill();
    std::filesystem::remove(segments().back());
  }
}

TEST_F(SpoolDiskReadingTest, IsNotOpenedWhereThePositionCannotBeRead) {
  // To go on without it would send all again, because of an error that may pass.
  open();
  spool(0);
  EXPECT_EQ(take(), numbered_batch(0).lines);
  EXPECT_EQ(spool_->confirm(0), std::nullopt);
  spool_.reset();
  files_.fail(Call::read, EIO, 1);
  const auto opened = Spool::open(folder().string(), wide_limits(), files_);
  EXPECT_FALSE(opened.spool);
  ASSERT_TRUE(opened.error);
  EXPECT_THAT(opened.error->message, HasSubstr("position: Input/output error"));
}

}  // namespace
}  // namespace proctally::test
