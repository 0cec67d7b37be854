// What a spool has after its process was killed, or the power was cut, at any moment.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/unique_fd.h"
#include "plugins/graphite/spool.h"
#include "tests/plugins/graphite/power_cut_files.h"
#include "tests/plugins/graphite/spool_tools.h"
#include "tests/support/child_process.h"

namespace proctally::test {
namespace {

using plugins::graphite::DiskError;
using plugins::graphite::Spool;
using plugins::graphite::SpoolFinding;
using plugins::graphite::SpoolLimits;
using plugins::graphite::Tally;

/// What the child has done, told by a pipe: it holds little, so it is written as one.
struct Deed {
  enum class Kind : std::uint8_t { spooled, confirmed, position_saved };
  Kind kind = Kind::spooled;
  std::uint64_t id = 0;
};

/// Lines of very different sizes, from one to some pages.
plugins::graphite::Batch batch_of(std::uint64_t id) {
  return numbered_batch(id, 1 + id * 7919 % 700);
}

SpoolLimits small_files() {
  auto limits = wide_limits();
  limits.segment_bytes = 60'000;
  return limits;
}

/// Appends from the batch `id` on, delivers some of it, and tells each deed once it is done. Never
/// ends.
[[noreturn]] void append_and_tell(const std::string& folder, int pipe, std::uint64_t id,
                                  bool delivers) {
  auto opened = Spool::open(folder, small_files());
  if (!opened.spool) ::_exit(1);
  auto& spool = *opened.spool;
  const auto tell = [pipe](Deed::Kind kind, std::uint64_t what) {
    const Deed deed{.kind = kind, .id = what};
    if (::write(pipe, &deed, sizeof deed) != sizeof deed) ::_exit(2);
  };
  for (;; ++id) {
    if (spool.append(batch_of(id), 1000).outcome != Spool::Appended::spooled) ::_exit(3);
    tell(Deed::Kind::spooled, id);
    if (!delivers || id % 3 != 0) continue;
    const auto peeked = spool.peek(1000);
    const auto* batch = std::get_if<std::optional<Spool::SpooledBatch>>(&peeked);
    if (batch == nullptr || !*batch) ::_exit(4);
    spool.take();
    if (spool.confirm((*batch)->id)) ::_exit(5);
    tell(Deed::Kind::confirmed, (*batch)->id);
    if (id % 6 != 0) continue;
    if (spool.save_position()) ::_exit(6);
    tell(Deed::Kind::position_saved, (*batch)->id);
  }
}

class SpoolKillTest : public SpoolTest {
 protected:
  /// All that a child does until it is killed, at a random moment. It appends from `id` on.
  std::vector<Deed> run_and_kill(std::uint64_t id, bool delivers) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
    const UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    ChildProcess child([&] { append_and_tell(folder().string(), write_end.get(), id, delivers); });
    write_end.reset();
    std::vector<Deed> deeds;
    Deed deed;
    // Not before it works, and then in the middle of something.
    const auto count = std::uniform_int_distribution<std::size_t>(1, 40)(random_);
    while (deeds.size() < count && ::read(read_end.get(), &deed, sizeof deed) == sizeof deed) {
      deeds.push_back(deed);
    }
    std::this_thread::sleep_for(
        std::chrono::microseconds(std::uniform_int_distribution<int>(0, 3000)(random_)));
    child.kill();
    while (::read(read_end.get(), &deed, sizeof deed) == sizeof deed) deeds.push_back(deed);
    child.reap();
    EXPECT_GE(deeds.size(), count) << "the child ended by itself";
    return deeds;
  }
  std::mt19937 random_{std::random_device{}()};
};

TEST_F(SpoolKillTest, HasEveryBatchThatWasReportedAsSpooled) {
  std::uint64_t spooled = 0;
  for (int life = 0; life < 20; ++life) {
    SCOPED_TRACE(life);
    for (const auto& deed : run_and_kill(spooled, false)) {
      EXPECT_EQ(deed.id, spooled);
      ++spooled;
    }
    open(small_files());
    const auto all = take_all(*spool_);
    // One more may be there: spooled, but it was killed before it could say so.
    ASSERT_GE(all.size(), spooled);
    ASSERT_LE(all.size(), spooled + 1);
    for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], batch_of(i).lines);
    EXPECT_EQ(spool_->stats().dropped.total(), Tally{});
    for (const auto& finding : findings_) {
      EXPECT_EQ(finding.kind, SpoolFinding::Kind::torn_tail) << to_string(finding);
    }
    spooled = all.size();
    kill();
  }
}

TEST_F(SpoolKillTest, SendsTwiceOnlyWhatWasConfirmedSinceThePositionWasSaved) {
  std::uint64_t end = 0;        // Of the ids that are known to be spooled.
  std::uint64_t confirmed = 0;  // How many ids are known to be confirmed.
  std::uint64_t saved = 0;      // Up to where the position was saved.
  for (int life = 0; life < 20; ++life) {
    SCOPED_TRACE(life);
    for (const auto& deed : run_and_kill(end, true)) {
      switch (deed.kind) {
        case Deed::Kind::spooled:
          EXPECT_EQ(deed.id, end);
          ++end;
          break;
        case Deed::Kind::confirmed:
          confirmed = deed.id + 1;
          break;
        case Deed::Kind::position_saved:
          saved = deed.id + 1;
          break;
      }
    }
    open(small_files());
    std::vector<std::uint64_t> ids;
    for (;;) {
      const auto peeked = spool_->peek(1000);
      const auto& batch = std::get<std::optional<Spool::SpooledBatch>>(peeked);
      if (!batch) break;
      EXPECT_EQ(batch->rest.batch->lines, batch_of(batch->id).lines);
      ids.push_back(batch->id);
      spool_->take();
    }
    if (ids.empty()) {  // It was killed when all was confirmed; one confirmation may not be told.
      EXPECT_LE(end, confirmed + 1);
      confirmed = saved = end;
      kill();
      continue;
    }
    EXPECT_GE(ids.front(), saved);
    // All that is not confirmed; one confirmation may not have been told.
    EXPECT_LE(ids.front(), confirmed + 1);
    for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i], ids.front() + i);
    EXPECT_GE(ids.back() + 1, end);
    EXPECT_LE(ids.back() + 1, end + 1);
    EXPECT_EQ(spool_->stats().dropped.total(), Tally{});
    end = ids.back() + 1;
    confirmed = saved = ids.front();
    kill();
  }
}

/// Histories of a spool that end in a power cut.
class SpoolPowerCutTest : public testing::TestWithParam<unsigned> {};

TEST_P(SpoolPowerCutTest, LosesNothingThatWasSpooledAndNotConfirmed) {
  std::mt19937 random(GetParam());
  const auto pick = [&random](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    const TempDir dir;
    PowerCutFiles files;
    auto limits = wide_limits();
    limits.segment_bytes = 300;
    auto spool = Spool::open(dir.string() + "/before", limits, files).spool;
    ASSERT_TRUE(spool);
    std::uint64_t end = 0;
    std::uint64_t confirmed = 0;
    std::uint64_t saved = 0;
    for (auto steps = pick(40); steps > 0; --steps) {
      switch (pick(4)) {
        case 0:
        case 1:
          ASSERT_EQ(spool->append(numbered_batch(end, 1 + pick(3)), 1000).outcome,
                    Spool::Appended::spooled);
          ++end;
          break;
        case 2:
          if (confirmed == end) break;
          (void)spool->peek(1000);
          spool->take();
          ASSERT_EQ(spool->confirm(confirmed), std::nullopt);
          ++confirmed;
          break;
        default:
          ASSERT_EQ(spool->save_position(), std::nullopt);
          saved = confirmed;
          break;
      }
    }
    for (int cut = 0; cut < 5; ++cut) {
      SCOPED_TRACE(cut);
      const auto after = dir.string() + "/after" + std::to_string(cut);
      files.write_what_survives(after, random);
      FaultyFiles not_waited_for;
      auto opened = Spool::open(after, limits, not_waited_for);
      ASSERT_TRUE(opened.spool) << opened.error->message;
      for (const auto& finding : opened.findings) {
        EXPECT_TRUE(finding.kind == SpoolFinding::Kind::torn_tail ||
                    finding.kind == SpoolFinding::Kind::gap)
            << to_string(finding);
      }
      std::vector<std::uint64_t> ids;
      for (;;) {
        const auto peeked = opened.spool->peek(1000);
        const auto& batch = std::get<std::optional<Spool::SpooledBatch>>(peeked);
        if (!batch) break;
        EXPECT_EQ(batch->rest.batch->lines,
                  numbered_batch(batch->id, batch->rest.batch->line_count).lines);
        ids.push_back(batch->id);
        opened.spool->take();
      }
      expect_balance(*opened.spool);
      EXPECT_EQ(opened.spool->stats().dropped.total(), Tally{});
      EXPECT_TRUE(std::ranges::is_sorted(ids));
      if (!ids.empty()) {
        EXPECT_GE(ids.front(), saved);
        EXPECT_LT(ids.back(), end);
      }
      const std::set<std::uint64_t> there(ids.begin(), ids.end());
      EXPECT_EQ(there.size(), ids.size());
      for (auto id = confirmed; id < end; ++id) EXPECT_TRUE(there.contains(id)) << id;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, SpoolPowerCutTest, testing::Range(0U, 10U));

}  // namespace
}  // namespace proctally::test
