#include "plugins/graphite/batch_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace proctally::plugins::graphite {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Reason = DropReason;

/// Of `line_count` lines of 10 bytes.
BatchPtr batch(std::int64_t time_s, std::size_t line_count) {
  auto made = std::make_shared<Batch>();
  made->time_s = time_s;
  made->line_count = line_count;
  for (std::size_t i = 0; i < line_count; ++i) {
    auto line = std::to_string(time_s) + "." + std::to_string(i);
    line.resize(9, '_');
    made->lines += line + "\n";
  }
  return made;
}

/// The times of all that wait; takes them.
std::vector<std::int64_t> take_times(BatchQueue& queue, std::int64_t now_s = 0) {
  std::vector<std::int64_t> times;
  while (const auto rest = queue.take(now_s)) times.push_back(rest->batch->time_s);
  return times;
}

TEST(BatchQueueTest, IsEmptyAtFirst) {
  BatchQueue queue({});
  EXPECT_TRUE(queue.is_empty());
  EXPECT_EQ(queue.waiting(), Tally{});
  EXPECT_EQ(queue.waiting_bytes(), 0U);
  EXPECT_EQ(queue.oldest_time_s(1), std::nullopt);
  EXPECT_FALSE(queue.take(0));
}

TEST(BatchQueueTest, GivesBatchesInTheOrderTheyCameIn) {
  BatchQueue queue({});
  queue.push(batch(1, 2), 1);
  queue.push(batch(2, 3), 2);
  EXPECT_EQ(queue.waiting(), (Tally{.batches = 2, .lines = 5}));
  EXPECT_EQ(queue.waiting_bytes(), 50U);
  EXPECT_EQ(queue.oldest_time_s(1), 1);
  const auto first = queue.take(2);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->text(), "1.0______\n1.1______\n");
  EXPECT_EQ(first->line_count(), 2U);
  EXPECT_EQ(queue.waiting(), (Tally{.batches = 1, .lines = 3}));
  EXPECT_EQ(queue.waiting_bytes(), 30U);
  EXPECT_EQ(queue.oldest_time_s(1), 2);
  EXPECT_THAT(take_times(queue), ElementsAre(2));
}

TEST(BatchQueueTest, SharesBatchesWithOtherQueues) {
  BatchQueue one({});
  BatchQueue other({});
  const auto shared = batch(1, 1);
  one.push(shared, 1);
  other.push(shared, 1);
  EXPECT_EQ(one.take(1)->batch, shared);
  EXPECT_EQ(other.take(1)->batch, shared);
}

TEST(BatchQueueTest, DropsTheOldestWhereThereAreTooMany) {
  BatchQueue queue({.max_batches = 2});
  for (int time = 1; time <= 4; ++time) queue.push(batch(time, 3), time);
  EXPECT_EQ(queue.dropped()[Reason::too_many], (Tally{.batches = 2, .lines = 6}));
  EXPECT_THAT(take_times(queue), ElementsAre(3, 4));
}

TEST(BatchQueueTest, DropsTheOldestWhereTheyAreTooLarge) {
  BatchQueue queue({.max_bytes = 100});
  queue.push(batch(1, 3), 1);
  queue.push(batch(2, 3), 2);
  queue.push(batch(3, 4), 3);  // 100 bytes: just as many as may be.
  EXPECT_EQ(queue.dropped().total(), Tally{});
  queue.push(batch(4, 4), 4);
  EXPECT_EQ(queue.dropped()[Reason::too_large], (Tally{.batches = 2, .lines = 6}));
  EXPECT_EQ(queue.waiting_bytes(), 80U);
  EXPECT_THAT(take_times(queue), ElementsAre(3, 4));
}

TEST(BatchQueueTest, DropsWhatIsTooOld) {
  BatchQueue queue({.max_age_s = 60});
  queue.push(batch(100, 1), 100);
  queue.push(batch(110, 2), 110);
  queue.push(batch(120, 3), 160);  // The first is 60 s old, as it may be.
  EXPECT_EQ(queue.dropped().total(), Tally{});
  queue.push(batch(161, 1), 161);
  EXPECT_EQ(queue.dropped()[Reason::too_old], (Tally{.batches = 1, .lines = 1}));
  queue.drop_old(171);
  EXPECT_EQ(queue.dropped()[Reason::too_old], (Tally{.batches = 2, .lines = 3}));
  EXPECT_THAT(take_times(queue, 181), ElementsAre(161));
  EXPECT_EQ(queue.dropped()[Reason::too_old], (Tally{.batches = 3, .lines = 6}));
}

TEST(BatchQueueTest, DropsOnArrivalWhatIsTooOldByThen) {
  BatchQueue queue({.max_age_s = 60});
  queue.push(batch(100, 2), 161);
  EXPECT_EQ(queue.dropped()[Reason::too_old], (Tally{.batches = 1, .lines = 2}));
  EXPECT_TRUE(queue.is_empty());
}

TEST(BatchQueueTest, TakesWhatComesFromTheFutureForNew) {
  BatchQueue queue({.max_age_s = 60});
  queue.push(batch(1000, 1), 10);
  queue.push(batch(std::numeric_limits<std::int64_t>::max(), 1),
             std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(queue.waiting().batches, 2U);
  EXPECT_THAT(take_times(queue, 1060), ElementsAre(1000, std::numeric_limits<std::int64_t>::max()));
}

TEST(BatchQueueTest, NeverGivesWhatIsTooOldEvenBehindAYoungerOne) {
  BatchQueue queue({.max_age_s = 60});
  queue.push(batch(1000, 1), 1000);
  queue.push(batch(900, 1), 900);  // The clock was set back.
  EXPECT_THAT(take_times(queue, 1000), ElementsAre(1000));
  EXPECT_EQ(queue.dropped()[Reason::too_old].batches, 1U);
}

TEST(BatchQueueTest, DropsWhatAloneIsTooLargeAndNothingForIt) {
  BatchQueue queue({.max_bytes = 50});
  queue.push(batch(1, 5), 1);
  queue.push(batch(2, 6), 2);
  EXPECT_EQ(queue.dropped()[Reason::oversized], (Tally{.batches = 1, .lines = 6}));
  EXPECT_EQ(queue.dropped()[Reason::too_large], Tally{});
  EXPECT_THAT(take_times(queue), ElementsAre(1));
}

TEST(BatchQueueTest, TakesBackWhatWasNotDelivered) {
  BatchQueue queue({});
  for (int time = 1; time <= 4; ++time) queue.push(batch(time, 1), time);
  std::vector<BatchRest> sent;
  for (int i = 0; i < 3; ++i) sent.push_back(*queue.take(4));
  queue.give_back({sent[1], sent[2]}, 4);
  EXPECT_EQ(queue.waiting(), (Tally{.batches = 3, .lines = 3}));
  EXPECT_EQ(queue.oldest_time_s(1), 2);
  EXPECT_THAT(take_times(queue), ElementsAre(2, 3, 4));
}

TEST(BatchQueueTest, TakesBackTheRestOfABatchFromALineOn) {
  BatchQueue queue({});
  queue.push(batch(1, 4), 1);
  const auto sent = *queue.take(1);
  queue.give_back({sent.after(25)}, 1);
  EXPECT_EQ(queue.waiting(), (Tally{.batches = 1, .lines = 2}));
  EXPECT_EQ(queue.waiting_bytes(), 20U);
  const auto rest = *queue.take(1);
  EXPECT_EQ(rest.text(), "1.2______\n1.3______\n");
  queue.give_back({rest.after(10)}, 1);
  EXPECT_EQ(queue.take(1)->text(), "1.3______\n");
}

TEST(BatchQueueTest, PassesOverWhatHasArrivedAsAWhole) {
  BatchQueue queue({});
  queue.push(batch(1, 4), 1);
  const auto sent = *queue.take(1);
  queue.give_back({sent.after(40)}, 1);
  EXPECT_TRUE(queue.is_empty());
  EXPECT_EQ(queue.waiting(), Tally{});
  EXPECT_EQ(queue.dropped().total(), Tally{});
}

TEST(BatchQueueTest, DropsWhatIsGivenBackFirstBecauseItIsTheOldest) {
  BatchQueue queue({.max_batches = 2});
  for (int time = 1; time <= 2; ++time) queue.push(batch(time, 2), time);
  const auto first = *queue.take(2);
  const auto second = *queue.take(2);
  queue.push(batch(3, 1), 3);
  queue.give_back({first.after(10), second}, 3);
  EXPECT_EQ(queue.dropped()[Reason::too_many], (Tally{.batches = 1, .lines = 1}));
  EXPECT_THAT(take_times(queue), ElementsAre(2, 3));
}

TEST(BatchQueueTest, DropsWhatHasBecomeTooOldOnItsWay) {
  BatchQueue queue({.max_age_s = 60});
  queue.push(batch(100, 1), 100);
  const auto sent = *queue.take(100);
  queue.give_back({sent}, 161);
  EXPECT_EQ(queue.dropped()[Reason::too_old].batches, 1U);
  EXPECT_TRUE(queue.is_empty());
}

TEST(BatchQueueTest, HoldsNothingWhereNothingIsAllowed) {
  BatchQueue queue({.max_batches = 0});
  queue.push(batch(1, 1), 1);
  EXPECT_TRUE(queue.is_empty());
  EXPECT_EQ(queue.dropped()[Reason::too_many].batches, 1U);
}

std::uint64_t lines_of(const std::vector<BatchRest>& rests) {
  std::uint64_t lines = 0;
  for (const auto& rest : rests) lines += rest.line_count();
  return lines;
}

/// Random histories beside a list of all lines that are there.
class BatchQueueModelTest : public testing::TestWithParam<unsigned> {};

TEST_P(BatchQueueModelTest, KeepsItsLimitsItsOrderAndItsAccounts) {
  std::mt19937 random(GetParam());
  const auto pick = [&random](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  QueueLimits limits{.max_batches = 1 + pick(8),
                     .max_bytes = 50 + pick(400),
                     .max_age_s = static_cast<std::int64_t>(5 + pick(40))};
  BatchQueue queue(limits);
  std::vector<BatchRest> away;
  std::uint64_t pushed_lines = 0;
  std::uint64_t arrived_lines = 0;
  std::int64_t now = 1000;
  std::int64_t last_given = 0;  // What is younger was not handed out yet.
  for (int step = 0; step < 2000; ++step) {
    now += static_cast<std::int64_t>(pick(4));
    switch (pick(5)) {
      case 0:
      case 1: {
        ++now;
        const auto scan = batch(now, pick(12));
        pushed_lines += scan->line_count;
        queue.push(scan, now);
        break;
      }
      case 2:
        if (const auto rest = queue.take(now)) {
          EXPECT_FALSE(is_too_old(rest->batch->time_s, now, limits.max_age_s));
          EXPECT_GT(rest->batch->time_s, last_given);
          last_given = rest->batch->time_s;
          away.push_back(*rest);
        }
        break;
      case 3:
        arrived_lines += lines_of(away);
        away.clear();
        break;
      default: {
        if (away.empty()) break;
        auto& first = away.front();
        const auto rest = first.after(pick(first.text().size() + 1));
        arrived_lines += first.line_count() - rest.line_count();
        first = rest;
        last_given = rest.batch->time_s - 1;
        queue.give_back(away, now);
        away.clear();
        break;
      }
    }
    ASSERT_LE(queue.waiting().batches, limits.max_batches);
    ASSERT_LE(queue.waiting_bytes(), limits.max_bytes);
    ASSERT_EQ(queue.waiting_bytes(), queue.waiting().lines * 10);
    ASSERT_EQ(queue.came().lines, pushed_lines);
    ASSERT_EQ(pushed_lines, queue.dropped().total().lines + queue.waiting().lines + lines_of(away) +
                                arrived_lines);
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, BatchQueueModelTest, testing::Range(0U, 20U));

}  // namespace
}  // namespace proctally::plugins::graphite
