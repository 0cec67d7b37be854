// What a spool does where the disk refuses: nothing is thrown, nothing is lost, and it goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "plugins/graphite/spool.h"
#include "tests/plugins/graphite/spool_tools.h"

namespace proctally::test {
namespace {

using plugins::graphite::kRecordHeaderBytes;
using plugins::graphite::Spool;
using plugins::graphite::SpoolLimits;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Call = FaultyFiles::Call;

using SpoolDiskTest = SpoolTest;

TEST_F(SpoolDiskTest, WritesOnWhereTheDiskTakesLittleAtATime) {
  files_.shorten_writes(7);
  open();
  for (std::uint64_t i = 0; i < 5; ++i) spool(i);
  open();
  EXPECT_THAT(findings_, IsEmpty());
  EXPECT_EQ(take_all(*spool_), lines_of({0, 1, 2, 3, 4}));
}

TEST_F(SpoolDiskTest, KeepsWhatItHasWhereTheDiskIsFull) {
  // Full after any number of bytes of the second record.
  const auto size = kRecordHeaderBytes + numbered_batch(1).lines.size();
  for (std::size_t room = 0; room < size; ++room) {
    SCOPED_TRACE(room);
    std::filesystem::remove_all(folder());
    open();
    spool(0);
    files_.leave_room(room);
    const auto result = append(1);
    EXPECT_EQ(result.outcome, Appended::failed);
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->code, ENOSPC);
    EXPECT_THAT(result.error->message, HasSubstr("No space left on device"));
    EXPECT_THAT(result.error->message, HasSubstr(segments().front().string()));
    EXPECT_EQ(spool_->stats().disk_errors, 1U);
    EXPECT_EQ(spool_->stats().appended.batches, 1U);
    files_.repair();
    spool(1);
    open();
    EXPECT_THAT(findings_, IsEmpty());
    EXPECT_EQ(take_all(*spool_), lines_of({0, 1}));
    spool_.reset();
  }
}

/// A call that fails while a batch is appended, and with which error.
struct AppendFault {
  const char* name;
  Call call;
  int error;
};
class SpoolAppendFaultTest : public SpoolTest, public testing::WithParamInterface<AppendFault> {};

TEST_P(SpoolAppendFaultTest, ComesBackAsAValueAndPasses) {
  // As the first record of a file, and as a later one.
  for (const std::uint64_t before : {0U, 1U, 3U}) {
    SCOPED_TRACE(before);
    std::filesystem::remove_all(folder());
    auto limits = wide_limits();
    limits.segment_bytes = 3 * (kRecordHeaderBytes + numbered_batch(0).lines.size());
    open(limits);
    std::vector<std::uint64_t> expected;
    for (std::uint64_t i = 0; i < before; ++i) {
      spool(i);
      expected.push_back(i);
    }
    files_.fail(GetParam().call, GetParam().error);
    int failures = 0;
    for (int attempt = 0; attempt < 3; ++attempt) {
      const auto result = append(100);
      if (result.outcome != Appended::failed) {
        // Not each of these calls is made for each record.
        expected.push_back(100);
        continue;
      }
      ++failures;
      ASSERT_TRUE(result.error);
      EXPECT_EQ(result.error->code, GetParam().error);
      EXPECT_THAT(result.error->message, HasSubstr(folder().string()));
    }
    if (before != 1) {
      EXPECT_GT(failures, 0);
    }
    EXPECT_GE(spool_->stats().disk_errors, static_cast<std::uint64_t>(failures));
    EXPECT_EQ(spool_->stats().pending.batches, expected.size());
    files_.repair();
    spool(200);
    expected.push_back(200);
    EXPECT_EQ(take_all(*spool_), lines_of(expected));
    open();
    EXPECT_THAT(findings_, IsEmpty());
    EXPECT_EQ(take_all(*spool_), lines_of(expected));
    EXPECT_EQ(spool_->stats().dropped.total(), Tally{});
    spool_.reset();
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, SpoolAppendFaultTest,
                         testing::Values(AppendFault{"OpenReadOnly", Call::open, EROFS},
                                         AppendFault{"OpenRefused", Call::open, EACCES},
                                         AppendFault{"OpenTooMany", Call::open, EMFILE},
                                         AppendFault{"Status", Call::status, EIO},
                                         AppendFault{"WriteFull", Call::write, ENOSPC},
                                         AppendFault{"WriteQuota", Call::write, EDQUOT},
                                         AppendFault{"WriteBroken", Call::write, EIO},
                                         AppendFault{"SyncBroken", Call::sync_data, EIO},
                                         AppendFault{"SyncFull", Call::sync_data, ENOSPC},
                                         AppendFault{"SyncFolder", Call::sync_folder, EIO}),
                         [](const auto& row) { return row.param.name; });

TEST_F(SpoolDiskTest, WritesNoMoreToAFileThatWasNotSynced) {
  // A later success would not mean that what is before it is on the disk.
  open();
  spool(0);
  files_.fail(Call::sync_data, EIO, 1);
  EXPECT_EQ(append(1).outcome, Appended::failed);
  spool(1);
  EXPECT_THAT(segments(), SizeIs(2));
  open();
  EXPECT_EQ(take_all(*spool_), lines_of({0, 1}));
}

TEST_F(SpoolDiskTest, PassesOverWhatAFailedAppendLeftWhereThatCannotBeUndone) {
  open();
  spool(0);
  files_.fail(Call::sync_data, EIO, 1);
  files_.fail(Call::cut, EIO, 1);
  EXPECT_EQ(append(1).outcome, Appended::failed);
  spool(2);
  EXPECT_EQ(take_all(*spool_), lines_of({0, 2}));
  open();
  EXPECT_EQ(take_all(*spool_), lines_of({0, 2}));
  EXPECT_EQ(spool_->stats().dropped.total(), Tally{});
}

TEST_F(SpoolDiskTest, PassesOverHalfARecordThatCannotBeUndone) {
  open();
  spool(0);
  files_.leave_room(60);
  files_.fail(Call::cut, EIO, 1);
  EXPECT_EQ(append(1).outcome, Appended::failed);
  files_.repair();
  spool(2);
  open();
  ASSERT_THAT(findings_, SizeIs(1));
  EXPECT_EQ(findings_[0].bytes, 60U);
  EXPECT_EQ(findings_[0].lost, Tally{});
  EXPECT_EQ(take_all(*spool_), lines_of({0, 2}));
}

TEST_F(SpoolDiskTest, UsesAgainTheNameOfAFileThatCouldNotBeUndone) {
  open();
  files_.fail(Call::sync_folder, EIO, 1);
  files_.fail(Call::cut, EIO, 1);
  files_.fail(Call::remove, EIO);
  EXPECT_EQ(append(1).outcome, Appended::failed);
  spool(2);
  EXPECT_EQ(take_all(*spool_), lines_of({2}));
  files_.repair();
  open();
  EXPECT_EQ(take_all(*spool_), lines_of({2}));
}

TEST_F(SpoolDiskTest, MakesRoomWithoutReading) {
  const auto size = kRecordHeaderBytes + numbered_batch(0).lines.size();
  const SpoolLimits limits{.max_bytes = 8 * size, .segment_bytes = 2 * size};
  open(limits);
  for (std::uint64_t i = 0; i < 8; ++i) spool(i);
  open(limits);
  files_.fail(Call::read, EIO);
  spool(8);
  files_.repair();
  EXPECT_EQ(spool_->stats().dropped[Reason::too_large], (Tally{.batches = 2, .lines = 4}));
  EXPECT_EQ(take_all(*spool_), lines_of({2, 3, 4, 5, 6, 7, 8}));
}

TEST_F(SpoolDiskTest, KeepsTheOldPositionWhereTheNewOneCannotBeWritten) {
  open();
  for (std::uint64_t i = 0; i < 4; ++i) spool(i);
  (void)take_all(*spool_);
  EXPECT_EQ(spool_->confirm(0), std::nullopt);
  EXPECT_EQ(spool_->save_position(), std::nullopt);
  EXPECT_EQ(spool_->confirm(1), std::nullopt);
  std::uint64_t errors = 0;
  for (const auto call :
       {Call::open, Call::write, Call::sync_data, Call::rename, Call::sync_folder}) {
    files_.fail(call, EIO);
    const auto error = spool_->save_position();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, EIO);
    EXPECT_EQ(spool_->stats().disk_errors, ++errors);
    files_.repair();
    const auto file = folder() / "position";
    if (call != Call::sync_folder) {
      EXPECT_EQ(plugins::graphite::decode_position(read_bytes(file))->id, 1U);
    }
  }
  EXPECT_EQ(spool_->save_position(), std::nullopt);
  EXPECT_EQ(spool_->confirm(2), std::nullopt);
  kill();
  open();
  EXPECT_EQ(take_all(*spool_), lines_of({2, 3}));
}

TEST_F(SpoolDiskTest, WritesThePositionOnlyWhereItHasChanged) {
  open();
  spool(0);
  EXPECT_EQ(spool_->save_position(), std::nullopt);
  files_.fail(Call::open, EIO);
  EXPECT_EQ(spool_->save_position(), std::nullopt);
  files_.repair();
}

TEST_F(SpoolDiskTest, RemovesLaterWhatCannotBeRemovedNow) {
  auto limits = wide_limits();
  limits.segment_bytes = 1;
  open(limits);
  for (std::uint64_t i = 0; i < 3; ++i) spool(i);
  (void)take_all(*spool_);
  files_.fail(Call::remove, EROFS);
  const auto error = spool_->confirm(1);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, EROFS);
  EXPECT_EQ(spool_->stats().confirmed.batches, 2U);
  EXPECT_THAT(segments(), SizeIs(3));
  files_.repair();
  EXPECT_EQ(spool_->confirm(1), std::nullopt);
  EXPECT_THAT(segments(), SizeIs(1));
}

TEST_F(SpoolDiskTest, DropsNothingWhereDroppingWinsNoRoom) {
  const auto size = kRecordHeaderBytes + numbered_batch(0).lines.size();
  open({.max_bytes = 4 * size, .segment_bytes = size});
  for (std::uint64_t i = 0; i < 4; ++i) spool(i);
  files_.fail(Call::remove, EIO);
  for (int attempt = 0; attempt < 10; ++attempt) {
    EXPECT_EQ(append(4).outcome, Appended::failed);
  }
  EXPECT_EQ(spool_->stats().dropped.total().batches, 1U);
  files_.repair();
  spool(4);
  EXPECT_EQ(take_all(*spool_), lines_of({1, 2, 3, 4}));
}

TEST_F(SpoolDiskTest, DeliversFromADiskThatHasBecomeReadOnly) {
  open();
  for (std::uint64_t i = 0; i < 3; ++i) spool(i);
  open();
  files_.make_read_only();
  EXPECT_EQ(append(3).outcome, Appended::failed);
  EXPECT_EQ(take_all(*spool_), lines_of({0, 1, 2}));
  const auto error = spool_->confirm(2);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, EROFS);
  EXPECT_EQ(spool_->stats().confirmed.batches, 3U);
  EXPECT_TRUE(spool_->save_position());
  files_.repair();
}

TEST_F(SpoolDiskTest, SyncsTheNameOfTheFolderItMade) {
  files_.fail(Call::sync_folder, EIO, 1);
  const auto opened = Spool::open(folder().string(), wide_limits(), files_);
  EXPECT_FALSE(opened.spool);
  ASSERT_TRUE(opened.error);
  EXPECT_THAT(opened.error->message, HasSubstr("cannot sync the folder above"));
  // One that is there it opens all the same.
  files_.fail(Call::sync_folder, EIO, 1);
  open();
}

TEST_F(SpoolDiskTest, SaysWhyItCannotBeOpened) {
  for (const auto call :
       {Call::make_folder, Call::open_folder, Call::status, Call::open, Call::lock, Call::list}) {
    files_.fail(call, EROFS);
    const auto opened = Spool::open(folder().string(), wide_limits(), files_);
    EXPECT_FALSE(opened.spool);
    ASSERT_TRUE(opened.error);
    EXPECT_EQ(opened.error->code, EROFS);
    EXPECT_THAT(opened.error->message, HasSubstr(folder().string()));
    EXPECT_THAT(opened.error->message, HasSubstr("Read-only file system"));
    files_.repair();
  }
}

TEST_F(SpoolDiskTest, ReportsATornEndThatCannotBeCutOff) {
  open();
  spool(0);
  spool(1);
  kill();
  const auto bytes = read_bytes(segments().front());
  write_bytes(segments().front(), bytes.substr(0, bytes.size() - 1));
  files_.fail(Call::cut, EIO);
  open();
  EXPECT_THAT(findings_, SizeIs(1));
  EXPECT_THAT(errors_, SizeIs(1));
  spool(2);
  EXPECT_EQ(take_all(*spool_), lines_of({0, 2}));
  open();
  EXPECT_EQ(take_all(*spool_), lines_of({0, 2}));
}

/// Fills a small disk. The exit status of a process that has it to itself: 0, or what is wrong.
int fill_a_disk(const std::string& place) {
  constexpr int kNotAllowed = 77;
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, "") != 0 ||
      ::mount("none", place.c_str(), "tmpfs", 0, "size=65536,mode=0700") != 0) {
    return kNotAllowed;
  }
  auto limits = wide_limits();
  limits.segment_bytes = 10'000;
  auto opened = Spool::open(place + "/spool", limits);
  if (!opened.spool) return 1;
  std::vector<std::string> spooled;
  for (;;) {
    const auto batch = numbered_batch(spooled.size(), 50);
    const auto result = opened.spool->append(batch, 1000);
    if (result.outcome == Spool::Appended::failed) {
      if (result.error->code != ENOSPC) return 2;
      break;
    }
    spooled.push_back(batch.lines);
    if (spooled.size() > 1000) return 3;
  }
  (void)opened.spool->save_position();
  opened.spool.reset();
  opened = Spool::open(place + "/spool", limits);
  if (!opened.spool || !opened.findings.empty()) return 4;
  if (take_all(*opened.spool) != spooled) return 5;
  // Delivery makes room.
  if (opened.spool->confirm(spooled.size() / 2)) return 6;
  if (opened.spool->save_position()) return 7;
  if (opened.spool->append(numbered_batch(1), 1000).outcome != Spool::Appended::spooled) return 8;
  return 0;
}

TEST_F(SpoolDiskTest, StandsADiskThatIsReallyFull) {
  const auto place = dir_.string();
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(fill_a_disk(place));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "may not mount a file system";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace proctally::test
