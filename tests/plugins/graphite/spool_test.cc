#include "plugins/graphite/spool.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>
#include <variant>
#include <vector>

#include "core/unique_fd.h"
#include "tests/plugins/graphite/spool_tools.h"
#include "tests/support/child_process.h"

namespace proctally::test {
namespace {

using plugins::graphite::kRecordHeaderBytes;
using plugins::graphite::Spool;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::uint64_t record_bytes(std::uint64_t number, std::size_t line_count = 2) {
  return kRecordHeaderBytes + numbered_batch(number, line_count).lines.size();
}

TEST_F(SpoolTest, IsEmptyAtFirst) {
  open();
  EXPECT_THAT(findings_, IsEmpty());
  EXPECT_EQ(take(), "");
  EXPECT_EQ(spool_->oldest_time_s(1000), std::nullopt);
  EXPECT_EQ(spool_->stats().pending, Tally{});
  EXPECT_EQ(spool_->stats().file_bytes, 0U);
}

TEST_F(SpoolTest, GivesBatchesInTheOrderTheyCameIn) {
  open();
  for (std::uint64_t i = 0; i < 5; ++i) spool(i, 2, 1000 + static_cast<std::int64_t>(i));
  EXPECT_EQ(spool_->stats().pending, (Tally{.batches = 5, .lines = 10}));
  EXPECT_EQ(spool_->oldest_time_s(1000), 1000);
  const auto first = std::get<std::optional<Spool::SpooledBatch>>(spool_->peek(1000));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->rest.batch->time_s, 1000);
  EXPECT_EQ(first->rest.batch->line_count, 2U);
  EXPECT_EQ(first->rest.batch->lines, numbered_batch(0).lines);
  EXPECT_EQ(std::get<std::optional<Spool::SpooledBatch>>(spool_->peek(1000))->id, first->id);
  for (std::uint64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(take(), numbered_batch(i, 2, 1000 + static_cast<std::int64_t>(i)).lines);
  }
  EXPECT_EQ(take(), "");
  EXPECT_EQ(spool_->stats().pending.batches, 5U);
}

TEST_F(SpoolTest, TakesNothingThatWasNotPeekedAt) {
  open();
  spool(1);
  spool_->take();
  EXPECT_EQ(take(), numbered_batch(1).lines);
  spool_->take();
  EXPECT_EQ(spool_->confirm(100), std::nullopt);
  EXPECT_EQ(spool_->stats().confirmed.batches, 1U);
}

TEST_F(SpoolTest, KeepsABatchWithoutLinesAsOne) {
  open();
  spool(1, 0);
  spool(2);
  EXPECT_EQ(take_all(*spool_), (std::vector{numbered_batch(1, 0).lines, numbered_batch(2).lines}));
}

TEST_F(SpoolTest, GoesOnWhereConfirmedDeliveryEnded) {
  open();
  for (std::uint64_t i = 0; i < 5; ++i) spool(i);
  EXPECT_EQ(take(), numbered_batch(0).lines);
  EXPECT_EQ(take(), numbered_batch(1).lines);
  EXPECT_EQ(take(), numbered_batch(2).lines);
  EXPECT_EQ(spool_->confirm(1), std::nullopt);
  EXPECT_EQ(spool_->stats().confirmed, (Tally{.batches = 2, .lines = 4}));
  open();
  EXPECT_THAT(findings_, IsEmpty());
  EXPECT_EQ(spool_->stats().recovered, (Tally{.batches = 3, .lines = 6}));
  EXPECT_EQ(take_all(*spool_), lines_of({2, 3, 4}));
}

TEST_F(SpoolTest, SendsTwiceWhatWasConfirmedAfterThePositionWasSaved) {
  open();
  for (std::uint64_t i = 0; i < 5; ++i) spool(i);
  (void)take_all(*spool_);
  EXPECT_EQ(spool_->confirm(1), std::nullopt);
  EXPECT_EQ(spool_->save_position(), std::nullopt);
  EXPECT_EQ(spool_->confirm(3), std::nullopt);
  kill();
  open();
  EXPECT_THAT(findings_, IsEmpty());
  EXPECT_EQ(take_all(*spool_), lines_of({2, 3, 4}));
}

TEST_F(SpoolTest, GivesAgainInOrderWhatIsGivenBack) {
  open();
  for (std::uint64_t i = 0; i < 5; ++i) spool(i);
  EXPECT_EQ(take(), numbered_batch(0).lines);
  EXPECT_EQ(take(), numbered_batch(1).lines);
  EXPECT_EQ(spool_->confirm(0), std::nullopt);
  (void)spool_->peek(1000);
  spool_->give_back();
  EXPECT_EQ(take(), numbered_batch(1).lines);
  EXPECT_EQ(take(), numbered_batch(2).lines);
  spool_->give_back();
  EXPECT_EQ(take_all(*spool_), lines_of({1, 2, 3, 4}));
}

std::vector<std::uint64_t> take_ids(Spool& spool) {
  std::vector<std::uint64_t> ids;
  for (;;) {
    const auto peeked = spool.peek(1000);
    const auto& next = std::get<std::optional<Spool::SpooledBatch>>(peeked);
    if (!next) return ids;
    ids.push_back(next->id);
    spool.take();
  }
}

TEST_F(SpoolTest, GivesIdsThatRiseByOneAcrossLives) {
  open();
  spool(1);
  spool(2);
  open();
  spool(3);
  EXPECT_THAT(take_ids(*spool_), ElementsAre(0, 1, 2));
  EXPECT_EQ(spool_->confirm(2), std::nullopt);
  open();
  EXPECT_THAT(segments(), IsEmpty());
  spool(4);
  EXPECT_THAT(take_ids(*spool_), ElementsAre(3));
}

TEST_F(SpoolTest, BeginsANewFileWhereOneIsFullAndRemovesThoseThatAreDelivered) {
  auto limits = wide_limits();
  limits.segment_bytes = 3 * record_bytes(0);
  open(limits);
  for (std::uint64_t i = 0; i < 8; ++i) spool(i);
  EXPECT_THAT(segments(), SizeIs(3));
  EXPECT_EQ(spool_->stats().file_bytes, 8 * record_bytes(0));
  EXPECT_EQ(take_all(*spool_), lines_of({0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(spool_->confirm(1), std::nullopt);
  EXPECT_THAT(segments(), SizeIs(3));
  EXPECT_EQ(spool_->confirm(2), std::nullopt);
  EXPECT_THAT(segments(), SizeIs(2));
  EXPECT_EQ(spool_->confirm(7), std::nullopt);
  EXPECT_THAT(segments(), SizeIs(1));  // The one that is written to.
  EXPECT_EQ(spool_->stats().file_bytes, 2 * record_bytes(0));
  open(limits);
  EXPECT_THAT(segments(), IsEmpty());
}

TEST_F(SpoolTest, HasAFileOfItsOwnForABatchLargerThanAFile) {
  auto limits = wide_limits();
  limits.segment_bytes = 10;
  open(limits);
  for (std::uint64_t i = 0; i < 3; ++i) spool(i);
  EXPECT_THAT(segments(), SizeIs(3));
  open(limits);
  EXPECT_EQ(take_all(*spool_), lines_of({0, 1, 2}));
}

TEST_F(SpoolTest, DropsTheOldestWhereTheFilesWouldBeTooLarge) {
  const auto size = record_bytes(0);
  const SpoolLimits limits{.max_bytes = 8 * size, .segment_bytes = 2 * size};
  open(limits);
  for (std::uint64_t i = 0; i < 8; ++i) spool(i);
  EXPECT_EQ(spool_->stats().dropped.total(), Tally{});
  EXPECT_EQ(spool_->stats().file_bytes, limits.max_bytes);
  spool(8);  // Takes a whole file to make room.
  EXPECT_EQ(spool_->stats().dropped[Reason::too_large], (Tally{.batches = 2, .lines = 4}));
  EXPECT_LE(spool_->stats().file_bytes, limits.max_bytes);
  spool(9);
  EXPECT_EQ(spool_->stats().dropped[Reason::too_large].batches, 2U);
  EXPECT_EQ(take_all(*spool_), lines_of({2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_F(SpoolTest, DropsNothingThatIsOnItsWay) {
  const auto size = record_bytes(0);
  const SpoolLimits limits{.max_bytes = 8 * size, .segment_bytes = 2 * size};
  open(limits);
  for (std::uint64_t i = 0; i < 8; ++i) spool(i);
  EXPECT_EQ(take(), numbered_batch(0).lines);
  spool(8);
  EXPECT_EQ(spool_->stats().dropped[Reason::too_large].batches, 3U);  // 1, and 2 and 3 for a file.
  spool_->give_back();
  EXPECT_EQ(take_all(*spool_), lines_of({0, 4, 5, 6, 7, 8}));
  EXPECT_EQ(append(9).outcome, Appended::spooled);
  // All is taken: nothing can go but what comes.
  EXPECT_EQ(take(), numbered_batch(9).lines);
  EXPECT_EQ(append(10).outcome, Appended::dropped);
  EXPECT_EQ(spool_->stats().dropped[Reason::too_large].batches, 4U);
}

TEST_F(SpoolTest, UsesTheRoomOfADeliveredFileThatIsWrittenTo) {
  const auto size = record_bytes(0);
  const SpoolLimits limits{.max_bytes = size, .segment_bytes = size};
  open(limits);
  for (std::uint64_t i = 0; i < 5; ++i) {
    spool(i);
    EXPECT_EQ(take(), numbered_batch(i).lines);
    EXPECT_EQ(spool_->confirm(i), std::nullopt);
  }
  EXPECT_EQ(spool_->stats().dropped.total(), Tally{});
}

TEST_F(SpoolTest, DropsWhatAloneIsTooLargeAndNothingForIt) {
  const auto size = record_bytes(0);
  open({.max_bytes = 2 * size, .segment_bytes = size});
  spool(1);
  EXPECT_EQ(append(2, 20).outcome, Appended::dropped);
  EXPECT_EQ(spool_->stats().dropped[Reason::oversized], (Tally{.batches = 1, .lines = 20}));
  EXPECT_EQ(take_all(*spool_), lines_of({1}));
}

TEST_F(SpoolTest, DropsWhatIsTooOld) {
  auto limits = wide_limits();
  limits.max_age_s = 60;
  open(limits);
  spool(1, 2, 1000);
  spool(2, 3, 1010);
  spool(3, 2, 1060);
  EXPECT_EQ(spool_->stats().dropped.total(), Tally{});
  spool(4, 2, 1061);
  EXPECT_EQ(spool_->stats().dropped[Reason::too_old], (Tally{.batches = 1, .lines = 2}));
  EXPECT_EQ(take(1071), numbered_batch(3, 2, 1060).lines);
  EXPECT_EQ(spool_->stats().dropped[Reason::too_old], (Tally{.batches = 2, .lines = 5}));
  // On its way it is no more dropped; given back it is.
  EXPECT_EQ(take(2000), "");
  EXPECT_EQ(spool_->stats().pending.batches, 1U);
  spool_->give_back();
  EXPECT_EQ(take(2000), "");
  EXPECT_EQ(spool_->stats().pending, Tally{});
}

TEST_F(SpoolTest, IsReadableByNobodyElse) {
  const auto mask = ::umask(0);
  open();
  spool(1);
  EXPECT_EQ(take(), numbered_batch(1).lines);
  spool(2);
  EXPECT_EQ(spool_->confirm(0), std::nullopt);
  EXPECT_EQ(spool_->save_position(), std::nullopt);
  ::umask(mask);
  struct stat status {};
  ASSERT_EQ(::stat(folder().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U) << entry.path();
    ++count;
  }
  EXPECT_EQ(count, 3);
}

TEST_F(SpoolTest, LeavesForeignFilesAlone) {
  dir_.write("spool/README", "mine");
  dir_.write("spool/1.spool", "mine");
  dir_.write("spool/0000000000000000000x-00000000000000000000.spool", "mine");
  dir_.write("spool/00000000000000000000-00000000000000000000.spool~", "mine");
  std::filesystem::create_directory(folder() / "00000000000000000007-00000000000000000000.spool");
  std::filesystem::create_symlink("README",
                                  folder() / "00000000000000000008-00000000000000000000.spool");
  ASSERT_EQ(::mkfifo((folder() / "00000000000000000009-00000000000000000000.spool").c_str(), 0600),
            0);
  std::filesystem::permissions(folder(), std::filesystem::perms::owner_all);
  open();
  EXPECT_THAT(findings_, SizeIs(3));
  for (const auto& finding : findings_) EXPECT_EQ(finding.kind, Kind::foreign);
  spool(1);
  EXPECT_EQ(take_all(*spool_), lines_of({1}));
  EXPECT_EQ(spool_->confirm(100), std::nullopt);
  open();
  for (const auto* name : {"README", "1.spool", "0000000000000000000x-00000000000000000000.spool",
                           "00000000000000000000-00000000000000000000.spool~"}) {
    EXPECT_EQ(read_bytes(folder() / name), "mine") << name;
  }
  EXPECT_THAT(segments(), SizeIs(5));
}

TEST_F(SpoolTest, LosesNothingToWhatHasTheNameOfALaterFile) {
  open();
  for (std::uint64_t i = 0; i < 5; ++i) spool(i);
  spool_.reset();
  std::filesystem::create_directory(folder() / "00000000000000000002-00000000000000000004.spool");
  open();
  EXPECT_EQ(take_all(*spool_), lines_of({0, 1, 2, 3, 4}));
}

TEST_F(SpoolTest, FollowsNoSymbolicLinkToAFile) {
  dir_.write("target", "mine");
  open();
  spool_.reset();
  std::filesystem::create_symlink(dir_.path() / "target", folder() / "position.new");
  open();
  spool(1);
  EXPECT_EQ(take(), numbered_batch(1).lines);
  EXPECT_EQ(spool_->confirm(0), std::nullopt);
  EXPECT_TRUE(spool_->save_position());
  EXPECT_EQ(read_bytes(dir_.path() / "target"), "mine");
}

TEST_F(SpoolTest, IsUsedByOneProcessOnly) {
  open();
  const auto again = Spool::open(folder().string(), wide_limits());
  EXPECT_FALSE(again.spool);
  ASSERT_TRUE(again.error);
  EXPECT_THAT(again.error->message, HasSubstr("another process uses it"));
  EXPECT_THAT(again.error->message, HasSubstr(folder().string()));
  spool_.reset();
  EXPECT_TRUE(Spool::open(folder().string(), wide_limits()).spool);
}

TEST_F(SpoolTest, IsFreeAgainWhenItsProcessIsKilled) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  ChildProcess child([&] {
    static auto opened = Spool::open(folder().string(), wide_limits());
    (void)!::write(ends[1], "x", 1);
  });
  char done = 0;
  ASSERT_EQ(::read(read_end.get(), &done, 1), 1);
  EXPECT_FALSE(Spool::open(folder().string(), wide_limits()).spool);
  child.reap();
  EXPECT_TRUE(Spool::open(folder().string(), wide_limits()).spool);
}

TEST_F(SpoolTest, RefusesAFolderThatOthersMayWriteTo) {
  std::filesystem::create_directory(folder());
  ASSERT_EQ(::chmod(folder().c_str(), 01777), 0);
  const auto opened = Spool::open(folder().string(), wide_limits());
  EXPECT_FALSE(opened.spool);
  ASSERT_TRUE(opened.error);
  EXPECT_THAT(opened.error->message, HasSubstr("others may write to it (mode 1777)"));
}

TEST_F(SpoolTest, MakesNoFolderAboveItsOwn) {
  const auto opened = Spool::open((folder() / "deeper").string(), wide_limits());
  EXPECT_FALSE(opened.spool);
  ASSERT_TRUE(opened.error);
  EXPECT_EQ(opened.error->code, ENOENT);
  EXPECT_THAT(opened.error->message, HasSubstr("No such file or directory"));
}

TEST_F(SpoolTest, SaysWhatIsInTheWayOfAFolder) {
  dir_.write("spool", "a file");
  const auto opened = Spool::open(folder().string(), wide_limits());
  EXPECT_FALSE(opened.spool);
  ASSERT_TRUE(opened.error);
  EXPECT_EQ(opened.error->code, ENOTDIR);
}

TEST_F(SpoolTest, SaysThatAnotherUserMayNotUseIt) {
  open();
  spool_.reset();
  std::filesystem::permissions(dir_.path(), std::filesystem::perms(0755));
  const auto path = folder().string();
  EXPECT_EQ(exit_status_as_nobody([&] {
              const auto opened = Spool::open(path, wide_limits());
              return !opened.spool && opened.error && opened.error->code == EACCES ? 0 : 1;
            }),
            ::geteuid() == 0 ? 0 : 1);
}

}  // namespace
}  // namespace proctally::test
