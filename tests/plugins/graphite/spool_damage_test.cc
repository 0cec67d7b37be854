// What a spool does with files that are not as it left them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "plugins/graphite/spool.h"
#include "tests/plugins/graphite/spool_tools.h"

namespace proctally::test {
namespace {

using plugins::graphite::kRecordHeaderBytes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SpoolDamageTest : public SpoolTest {
 protected:
  /// A closed spool of batches 0 to `count` - 1 in one file, whose bytes are given.
  std::string make(std::uint64_t count) {
    open();
    for (std::uint64_t i = 0; i < count; ++i) spool(i);
    spool_.reset();
    EXPECT_THAT(segments(), SizeIs(1));
    file_ = segments().front();
    return read_bytes(file_);
  }
  /// The folder as it was, but for this file.
  void restore(const std::string& bytes) {
    spool_.reset();
    std::filesystem::remove_all(folder());
    dir_.write("spool/" + file_.filename().string(), bytes);
    std::filesystem::permissions(folder(), std::filesystem::perms::owner_all);
  }
  /// A spool of three segments of three batches each.
  void make_three() {
    auto limits = wide_limits();
    limits.segment_bytes = 3 * kRecord;
    open(limits);
    for (std::uint64_t i = 0; i < 9; ++i) spool(i);
    spool_.reset();
    ASSERT_THAT(segments(), SizeIs(3));
  }
  static std::size_t record_size() { return kRecordHeaderBytes + numbered_batch(0).lines.size(); }

  const std::size_t kRecord = record_size();
  std::filesystem::path file_;
};

TEST_F(SpoolDamageTest, KeepsAllBeforeACutAtAnyByte) {
  const auto bytes = make(5);
  ASSERT_EQ(bytes.size(), 5 * kRecord);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    SCOPED_TRACE(size);
    restore(bytes.substr(0, size));
    open();
    std::vector<std::uint64_t> whole(size / kRecord);
    for (std::size_t i = 0; i < whole.size(); ++i) whole[i] = i;
    EXPECT_EQ(spool_->stats().pending.batches, whole.size());
    if (size % kRecord == 0) {
      EXPECT_THAT(findings_, IsEmpty());
    } else {
      ASSERT_THAT(findings_, SizeIs(1));
      EXPECT_EQ(findings_[0].kind, Kind::torn_tail);
      EXPECT_EQ(findings_[0].bytes, size % kRecord);
      EXPECT_EQ(findings_[0].file, file_.filename());
    }
    EXPECT_EQ(take_all(*spool_), lines_of(whole));
    EXPECT_EQ(spool_->stats().dropped.total(), Tally{});
    // It was cut off: neither found again nor in the way of what comes.
    spool(77);
    open();
    EXPECT_THAT(findings_, IsEmpty());
    whole.push_back(77);
    EXPECT_EQ(take_all(*spool_), lines_of(whole));
  }
}

TEST_F(SpoolDamageTest, NoticesEveryFlippedByteAndLosesOneBatchByItAtMost) {
  const auto bytes = make(4);
  const auto all = lines_of({0, 1, 2, 3});
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    SCOPED_TRACE(at);
    auto damaged = bytes;
    damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << (at % 8)));
    restore(damaged);
    open();
    const auto rest = take_all(*spool_);
    auto expected = all;
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(at / kRecord));
    EXPECT_EQ(rest, expected);
    const auto later = spool_->take_findings();
    ASSERT_EQ(findings_.size() + later.size(), 1U);
    const auto& finding = findings_.empty() ? later[0] : findings_[0];
    EXPECT_EQ(finding.bytes, kRecord);
    EXPECT_EQ(finding.file, file_.filename());
    // Where its header is damaged, the last cannot be told from one that was torn.
    if (finding.kind == Kind::torn_tail) {
      EXPECT_GE(at, 3 * kRecord);
      EXPECT_LT(at, 3 * kRecord + kRecordHeaderBytes);
      EXPECT_EQ(spool_->stats().recovered.batches, 3U);
    } else {
      EXPECT_EQ(finding.kind, Kind::damage);
      EXPECT_EQ(finding.lost, (Tally{.batches = 1, .lines = 2}));
      EXPECT_EQ(spool_->stats().dropped[Reason::damaged], finding.lost);
      EXPECT_EQ(spool_->stats().recovered.batches, 4U);
    }
    EXPECT_EQ(spool_->confirm(100), std::nullopt);
    EXPECT_EQ(spool_->stats().pending, Tally{});
    expect_balance(*spool_);
  }
}

TEST_F(SpoolDamageTest, NoticesEveryFlippedByteOfThePositionAndSendsAllAgain) {
  open();
  for (std::uint64_t i = 0; i < 3; ++i) spool(i);
  EXPECT_EQ(take(), numbered_batch(0).lines);
  EXPECT_EQ(spool_->confirm(0), std::nullopt);
  spool_.reset();
  const auto file = folder() / "position";
  const auto bytes = read_bytes(file);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    SCOPED_TRACE(at);
    auto damaged = bytes;
    damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ 0x20U);
    write_bytes(file, damaged);
    open();
    ASSERT_THAT(findings_, SizeIs(1));
    EXPECT_EQ(findings_[0].kind, Kind::lost_place);
    EXPECT_EQ(take_all(*spool_), lines_of({0, 1, 2}));
    kill();
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    SCOPED_TRACE(size);
    write_bytes(file, bytes.substr(0, size));
    open();
    ASSERT_THAT(findings_, SizeIs(1));
    EXPECT_EQ(findings_[0].kind, Kind::lost_place);
    kill();
  }
  write_bytes(file, bytes);
  open();
  EXPECT_THAT(findings_, IsEmpty());
  EXPECT_EQ(take_all(*spool_), lines_of({1, 2}));
}

TEST_F(SpoolDamageTest, KeepsANewPositionAfterADamagedOne) {
  make(3);
  write_bytes(folder() / "position", "nonsense");
  open();
  EXPECT_EQ(take(), numbered_batch(0).lines);
  EXPECT_EQ(spool_->confirm(0), std::nullopt);
  open();
  EXPECT_THAT(findings_, IsEmpty());
  EXPECT_EQ(take_all(*spool_), lines_of({1, 2}));
}

TEST_F(SpoolDamageTest, SendsAllAgainWhereThePositionIsGone) {
  make(3);
  open();
  EXPECT_EQ(take(), numbered_batch(0).lines);
  EXPECT_EQ(spool_->confirm(0), std::nullopt);
  spool_.reset();
  std::filesystem::remove(folder() / "position");
  open();
  EXPECT_EQ(take_all(*spool_), lines_of({0, 1, 2}));
}

TEST_F(SpoolDamageTest, CutsOffATailOfZeros) {
  // A power cut may leave a file with a size that its content has not come to.
  const auto bytes = make(2);
  restore(bytes + std::string(5000, '\0'));
  open();
  ASSERT_THAT(findings_, SizeIs(1));
  EXPECT_EQ(findings_[0].kind, Kind::torn_tail);
  EXPECT_EQ(findings_[0].bytes, 5000U);
  EXPECT_EQ(to_string(findings_[0]),
            file_.filename().string() + ": the last 5000 bytes were torn, and are cut off");
  EXPECT_EQ(take_all(*spool_), lines_of({0, 1}));
  EXPECT_EQ(std::filesystem::file_size(file_), bytes.size());
}

TEST_F(SpoolDamageTest, FindsTheNextRecordBehindADamageLargerThanItsBuffer) {
  open();
  spool(0);
  spool(1, 3000);
  spool(2);
  spool_.reset();
  file_ = segments().front();
  auto bytes = read_bytes(file_);
  // Nothing but first bytes of records.
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(kRecord),
            bytes.end() - static_cast<std::ptrdiff_t>(kRecord), '\x89');
  restore(bytes);
  open();
  ASSERT_THAT(findings_, SizeIs(1));
  EXPECT_EQ(findings_[0].lost, (Tally{.batches = 1, .lines = 3000}));
  EXPECT_THAT(to_string(findings_[0]), HasSubstr("1 batches with 3000 lines are lost"));
  EXPECT_EQ(take_all(*spool_), lines_of({0, 2}));
}

TEST_F(SpoolDamageTest, TakesNoRecordFromTheLinesOfAnother) {
  // A batch whose lines are a record: as long as its own header is whole they are only lines.
  open();
  const auto inner = plugins::graphite::encode_record({.id = 7, .line = 7}, numbered_batch(99));
  const plugins::graphite::Batch outer{.time_s = 1, .line_count = 2, .lines = inner};
  EXPECT_EQ(spool_->append(outer, 1).outcome, Appended::spooled);
  open();
  EXPECT_EQ(take_all(*spool_), std::vector{inner});
}

TEST_F(SpoolDamageTest, SaysWhatWasInAFileThatIsGone) {
  make_three();
  std::filesystem::remove(segments()[1]);
  open();
  ASSERT_THAT(findings_, SizeIs(1));
  EXPECT_EQ(findings_[0].kind, Kind::gap);
  EXPECT_EQ(findings_[0].lost, (Tally{.batches = 3, .lines = 6}));
  // It may have been removed by the spool itself, which counted what was in it.
  EXPECT_EQ(spool_->stats().dropped.total(), Tally{});
  EXPECT_EQ(take_all(*spool_), lines_of({0, 1, 2, 6, 7, 8}));
}

TEST_F(SpoolDamageTest, KnowsWhatWasInAFileOfWhichNothingCanBeRead) {
  make_three();
  for (const auto at : {std::size_t{0}, std::size_t{1}}) {
    write_bytes(segments()[at], std::string(3 * kRecord, '?'));
  }
  open();
  ASSERT_THAT(findings_, SizeIs(2));
  EXPECT_EQ(findings_[0].lost, (Tally{.batches = 3, .lines = 6}));
  EXPECT_EQ(findings_[1].lost, (Tally{.batches = 3, .lines = 6}));
  EXPECT_EQ(take_all(*spool_), lines_of({6, 7, 8}));
  EXPECT_THAT(segments(), SizeIs(1));
}

TEST_F(SpoolDamageTest, CountsNothingAsLostThatWasConfirmed) {
  make_three();
  open();
  for (int i = 0; i < 5; ++i) (void)take();
  EXPECT_EQ(spool_->confirm(4), std::nullopt);  // The second file is in use: 5 is still there.
  spool_.reset();
  ASSERT_THAT(segments(), SizeIs(2));
  write_bytes(segments()[0], std::string(3 * kRecord, '?'));
  open();
  EXPECT_EQ(spool_->stats().dropped[Reason::damaged], (Tally{.batches = 1, .lines = 2}));
  EXPECT_EQ(take_all(*spool_), lines_of({6, 7, 8}));
}

TEST_F(SpoolDamageTest, CutsNothingOffAFileThatIsNotTheLast) {
  make_three();
  const auto file = segments()[1];
  const auto bytes = read_bytes(file);
  write_bytes(file, bytes.substr(0, bytes.size() - 10));
  open();
  ASSERT_THAT(findings_, SizeIs(1));
  EXPECT_EQ(findings_[0].kind, Kind::damage);
  EXPECT_EQ(findings_[0].bytes, kRecord - 10);
  EXPECT_EQ(findings_[0].lost, (Tally{.batches = 1, .lines = 2}));
  EXPECT_EQ(std::filesystem::file_size(file), bytes.size() - 10);
  EXPECT_EQ(take_all(*spool_), lines_of({0, 1, 2, 3, 4, 6, 7, 8}));
}

TEST_F(SpoolDamageTest, GivesUpWhatIsDamagedWhileItIsOpen) {
  make_three();
  open();
  const auto files = segments();
  auto bytes = read_bytes(files[0]);
  bytes[kRecord] = '?';                           // The header of 1.
  bytes[2 * kRecord + kRecordHeaderBytes] = '?';  // The lines of 2.
  write_bytes(files[0], bytes);
  write_bytes(files[1], "");
  EXPECT_EQ(take_all(*spool_), lines_of({0, 6, 7, 8}));
  EXPECT_EQ(spool_->stats().dropped[Reason::damaged], (Tally{.batches = 5, .lines = 10}));
  const auto found = spool_->take_findings();
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_THAT(spool_->take_findings(), IsEmpty());
  EXPECT_EQ(spool_->confirm(100), std::nullopt);
  EXPECT_THAT(segments(), IsEmpty());
}

TEST_F(SpoolDamageTest, GivesUpAFileThatIsRemovedWhileItIsOpen) {
  make_three();
  open();
  std::filesystem::remove(segments()[1]);
  EXPECT_EQ(take(), numbered_batch(0).lines);
  EXPECT_EQ(take(), numbered_batch(1).lines);
  EXPECT_EQ(take(), numbered_batch(2).lines);
  EXPECT_EQ(take(), numbered_batch(6).lines);
  EXPECT_EQ(spool_->stats().dropped[Reason::damaged].batches, 3U);
}

TEST_F(SpoolDamageTest, LosesNoOtherBatchWhateverIsDamagedInOne) {
  const auto bytes = make(6);
  std::mt19937 random(1);
  const auto pick = [&random](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  for (int round = 0; round < 1000; ++round) {
    SCOPED_TRACE(round);
    auto damaged = bytes;
    const auto victim = pick(5);
    const auto flips = 1 + pick(20);
    for (std::size_t i = 0; i < flips; ++i) {
      damaged[victim * kRecord + pick(kRecord)] = static_cast<char>(pick(256));
    }
    if (damaged == bytes) continue;
    restore(damaged);
    open();
    auto expected = lines_of({0, 1, 2, 3, 4, 5});
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(victim));
    EXPECT_EQ(take_all(*spool_), expected);
    EXPECT_EQ(spool_->stats().dropped[Reason::damaged], (Tally{.batches = 1, .lines = 2}));
  }
}

TEST_F(SpoolDamageTest, StandsAnyBytesInItsFiles) {
  std::mt19937 random(1);
  const auto pick = [&random](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  make_three();
  const auto files = segments();
  std::vector<std::string> contents;
  for (const auto& file : files) contents.push_back(read_bytes(file));
  for (int round = 0; round < 1000; ++round) {
    SCOPED_TRACE(round);
    spool_.reset();
    for (const auto& file : segments()) std::filesystem::remove(file);
    for (std::size_t i = 0; i < files.size(); ++i) {
      auto bytes = contents[i];
      for (std::size_t edits = pick(4); edits > 0; --edits) {
        const auto at = bytes.empty() ? 0 : pick(bytes.size());
        switch (pick(4)) {
          case 0:
            bytes.resize(at);
            break;
          case 1:
            bytes.erase(at, pick(100));
            break;
          case 2:
            bytes.insert(at, contents[pick(3)].substr(pick(200), pick(300)));
            break;
          default:
            if (!bytes.empty()) bytes[at] = static_cast<char>(pick(256));
        }
      }
      write_bytes(files[i], bytes);
    }
    std::filesystem::remove(folder() / "position");
    open();
    const auto rest = take_all(*spool_);
    // Whatever comes is a batch that there was, in its order, once.
    const auto all = lines_of({0, 1, 2, 3, 4, 5, 6, 7, 8});
    auto from = all.begin();
    for (const auto& lines : rest) {
      const auto found = std::find(from, all.end(), lines);
      ASSERT_NE(found, all.end()) << lines;
      from = found + 1;
    }
    spool(100);
    EXPECT_EQ(take(), numbered_batch(100).lines);
  }
}

}  // namespace
}  // namespace proctally::test
