// Random histories of a spool beside a plain list of what must be in it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "plugins/graphite/spool.h"
#include "tests/plugins/graphite/spool_tools.h"

namespace proctally::test {
namespace {

using plugins::graphite::DiskError;
using plugins::graphite::is_too_old;
using plugins::graphite::kRecordHeaderBytes;
using plugins::graphite::Tally;
using Call = FaultyFiles::Call;

struct ModelBatch {
  std::uint64_t number = 0;
  std::size_t line_count = 0;
  std::int64_t time_s = 0;
  std::size_t arrived = 0;  ///< So many lines, when a connection broke.

  [[nodiscard]] std::string lines() const {
    return numbered_batch(number, line_count, time_s).lines;
  }
  [[nodiscard]] Tally rest() const { return {.batches = 1, .lines = line_count - arrived}; }
  [[nodiscard]] std::string rest_of_lines() const {
    auto rest = lines();
    for (std::size_t i = 0; i < arrived; ++i) rest.erase(0, rest.find('\n') + 1);
    return rest;
  }
};

class SpoolModelTest : public SpoolTest, public testing::WithParamInterface<unsigned> {
 protected:
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }

  void check() {
    expect_balance(*spool_);
    Tally pending;
    for (const auto* list : {&taken_, &waiting_}) {
      for (const auto& batch : *list) {
        pending += batch.rest();
      }
    }
    ASSERT_EQ(spool_->stats().pending, pending);
    ASSERT_LE(spool_->stats().file_bytes, limits_.max_bytes);
    std::uint64_t file_bytes = 0;
    for (const auto& file : segments()) file_bytes += std::filesystem::file_size(file);
    if (!has_faults_) {
      ASSERT_EQ(spool_->stats().file_bytes, file_bytes);
    }
    ASSERT_EQ(spool_->stats().confirmed, confirmed_);
  }
  /// Takes off the list what the limits took, the oldest first, and checks that there was reason.
  void follow_drops(const plugins::graphite::DropCounts& before) {
    const auto& after = spool_->stats().dropped;
    const auto old = after[Reason::too_old] - before[Reason::too_old];
    Tally dropped_old;
    while (dropped_old.batches < old.batches && !waiting_.empty()) {
      EXPECT_TRUE(is_too_old(waiting_.front().time_s, now_s_, limits_.max_age_s));
      dropped_old += waiting_.front().rest();
      waiting_.pop_front();
    }
    EXPECT_EQ(dropped_old, old);
    // Where a file cannot be read it is not known yet what is too old in it.
    if (!has_faults_ && !waiting_.empty()) {
      EXPECT_FALSE(is_too_old(waiting_.front().time_s, now_s_, limits_.max_age_s));
    }
    const auto large = after[Reason::too_large] - before[Reason::too_large];
    Tally gone;
    while (gone.batches < large.batches && !waiting_.empty()) {
      gone += waiting_.front().rest();
      waiting_.pop_front();
    }
    EXPECT_EQ(gone, large);
    EXPECT_EQ(after[Reason::damaged], before[Reason::damaged]);
  }

  void append() {
    const ModelBatch batch{.number = ++number_, .line_count = 1 + pick(12), .time_s = now_s_};
    history_.emplace(batch.lines(), batch);
    const auto before = spool_->stats();
    const auto bytes = kRecordHeaderBytes + batch.lines().size();
    const auto result =
        spool_->append(numbered_batch(batch.number, batch.line_count, now_s_), now_s_);
    if (result.outcome == Appended::spooled) {
      follow_drops(before.dropped);
      waiting_.push_back(batch);
    } else if (result.outcome == Appended::dropped) {
      // Its own loss is counted as too_large or oversized; no other batch goes for an oversized
      // one.
      EXPECT_TRUE(bytes > limits_.max_bytes || waiting_.empty() ||
                  spool_->stats().pending.batches == taken_.size());
      auto own = before.dropped;
      own.add(bytes > limits_.max_bytes ? Reason::oversized : Reason::too_large,
              {.batches = 1, .lines = batch.line_count});
      follow_drops(own);
    } else {
      EXPECT_TRUE(result.error);
      follow_drops(before.dropped);
    }
    if (spool_->stats().dropped[Reason::too_large] != before.dropped[Reason::too_large]) {
      EXPECT_GT(before.file_bytes + bytes, limits_.max_bytes);
    }
  }
  void take_one() {
    const auto before = spool_->stats().dropped;
    const auto peeked = spool_->peek(now_s_);
    if (std::holds_alternative<DiskError>(peeked)) {
      EXPECT_TRUE(has_faults_);
      follow_drops(before);
      return;
    }
    follow_drops(before);
    const auto& next = std::get<std::optional<Spool::SpooledBatch>>(peeked);
    ASSERT_EQ(next.has_value(), !waiting_.empty());
    if (!next) return;
    ASSERT_EQ(next->rest.batch->lines, waiting_.front().lines());
    EXPECT_EQ(next->rest.batch->time_s, waiting_.front().time_s);
    EXPECT_EQ(next->rest.batch->line_count, waiting_.front().line_count);
    EXPECT_EQ(next->rest.tally(), waiting_.front().rest());
    EXPECT_EQ(next->rest.text(), waiting_.front().rest_of_lines());
    spool_->take();
    ids_.push_back(next->id);
    taken_.push_back(waiting_.front());
    waiting_.pop_front();
  }
  void confirm_some() {
    if (taken_.empty()) return;
    const auto count = 1 + pick(taken_.size());
    const auto error = spool_->confirm(ids_[count - 1]);
    EXPECT_TRUE(!error || has_faults_);
    for (std::size_t i = 0; i < count; ++i) {
      confirmed_ += taken_.front().rest();
      taken_.pop_front();
      ids_.pop_front();
    }
  }
  /// Of the first that is taken some lines have arrived, or none.
  void give_back() {
    if (!taken_.empty()) {
      auto& first = taken_.front();
      const auto arrived = pick(first.line_count - first.arrived);
      first.arrived += arrived;
      confirmed_ += Tally{.batches = 0, .lines = arrived};
      spool_->give_back({.batch = nullptr,
                         .first_byte = first.lines().size() - first.rest_of_lines().size(),
                         .first_line = first.arrived});
    } else {
      spool_->give_back();
    }
    waiting_.insert(waiting_.begin(), taken_.begin(), taken_.end());
    taken_.clear();
    ids_.clear();
  }
  void reopen() {
    open(limits_);
    confirmed_ = {};
    // Taken batches wait again, and what arrived in part comes as a whole. Those that the limits
    // took from between two others may have taken a file with them, which then is missing.
    waiting_.insert(waiting_.begin(), taken_.begin(), taken_.end());
    for (auto& batch : waiting_) batch.arrived = 0;
    taken_.clear();
    ids_.clear();
    read_back();
  }
  /// Reads all that is there. What must be is, in order; what more there is was there before.
  void read_back() {
    auto must = waiting_.begin();
    std::deque<ModelBatch> there;
    for (;;) {
      const auto peeked = spool_->peek(0);  // Nothing is old at that time.
      ASSERT_TRUE(std::holds_alternative<std::optional<Spool::SpooledBatch>>(peeked));
      const auto& next = std::get<std::optional<Spool::SpooledBatch>>(peeked);
      if (!next) break;
      spool_->take();
      const auto& lines = next->rest.batch->lines;
      if (must != waiting_.end() && must->lines() == lines) {
        there.push_back(*must++);
        continue;
      }
      const auto known = history_.find(lines);
      ASSERT_NE(known, history_.end()) << lines;
      there.push_back(known->second);
    }
    ASSERT_EQ(must, waiting_.end());
    spool_->give_back();
    waiting_ = there;
  }
  void inject_a_fault() {
    constexpr std::array kCalls{Call::open,      Call::remove, Call::read,        Call::write,
                                Call::sync_data, Call::cut,    Call::sync_folder, Call::rename};
    files_.fail(kCalls.at(pick(kCalls.size())), pick(2) == 0 ? EIO : ENOSPC,
                static_cast<int>(1 + pick(2)), static_cast<int>(pick(4)));
    if (pick(4) == 0) files_.leave_room(pick(2000));
  }
  void run(int steps) {
    open(limits_);
    for (int step = 0; step < steps; ++step) {
      SCOPED_TRACE(step);
      now_s_ += static_cast<std::int64_t>(pick(3));
      if (has_faults_) {
        files_.repair();
        if (pick(3) == 0) inject_a_fault();
      }
      switch (pick(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
          append();
          break;
        case 4:
        case 5:
        case 6:
          take_one();
          break;
        case 7:
        case 8:
          confirm_some();
          break;
        case 9:
          give_back();
          break;
        case 10: {
          const auto error = spool_->save_position();
          EXPECT_TRUE(!error || has_faults_);
          break;
        }
        default:
          files_.repair();
          if (pick(4) != 0) break;
          if (pick(2) == 0) kill();
          reopen();
      }
      if (HasFatalFailure() || HasNonfatalFailure()) return;
      check();
    }
  }

  std::mt19937 random_{GetParam()};
  SpoolLimits limits_{.max_bytes = 1500 + pick(6000),
                      .max_age_s = static_cast<std::int64_t>(20 + pick(100)),
                      .segment_bytes = 200 + pick(1500)};
  bool has_faults_ = false;
  std::deque<ModelBatch> taken_;
  std::deque<ModelBatch> waiting_;
  std::deque<std::uint64_t> ids_;              ///< Of taken_.
  std::map<std::string, ModelBatch> history_;  ///< All that was ever given to append().
  Tally confirmed_;
  std::int64_t now_s_ = 1000;
  std::uint64_t number_ = 0;
};

TEST_P(SpoolModelTest, KeepsItsOrderItsLimitsAndItsAccounts) { run(1000); }

TEST_P(SpoolModelTest, KeepsThemOnADiskThatFails) {
  has_faults_ = true;
  run(1000);
}

INSTANTIATE_TEST_SUITE_P(Histories, SpoolModelTest, testing::Range(0U, 12U));

}  // namespace
}  // namespace proctally::test
