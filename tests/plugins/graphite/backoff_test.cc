#include "plugins/graphite/backoff.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <vector>

namespace proctally::plugins::graphite {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(BackoffTest, RaisesItsCeilingFromOneSecondToSixty) {
  Backoff backoff([] { return 0.5; });
  std::vector<seconds::rep> ceilings;
  for (int i = 0; i < 9; ++i) {
    ceilings.push_back(std::chrono::duration_cast<seconds>(backoff.ceiling()).count());
    (void)backoff.next();
  }
  EXPECT_EQ(ceilings, (std::vector<seconds::rep>{1, 2, 4, 8, 16, 32, 60, 60, 60}));
}

TEST(BackoffTest, WaitsARandomPartOfTheCeiling) {
  double part = 0;
  Backoff backoff([&] { return part; });
  EXPECT_EQ(backoff.next(), milliseconds{0});
  part = 0.25;
  EXPECT_EQ(backoff.next(), milliseconds{500});
  part = 0.75;
  EXPECT_EQ(backoff.next(), milliseconds{3000});
}

TEST(BackoffTest, NeverWaitsLongerThanTheCeilingWhateverTheSourceGives) {
  for (const auto part : {-1.0, 0.0, 0.999999, 1.0, 7.0}) {
    Backoff backoff([&] { return part; });
    for (int i = 0; i < 100; ++i) {
      const auto ceiling = backoff.ceiling();
      const auto wait = backoff.next();
      EXPECT_GE(wait, milliseconds{0});
      EXPECT_LE(wait, ceiling);
    }
  }
}

TEST(BackoffTest, UsesAllOfTheRange) {
  std::mt19937 source(1);
  std::uniform_real_distribution<double> uniform(0, 1);
  Backoff backoff([&] { return uniform(source); });
  for (int i = 0; i < 10; ++i) (void)backoff.next();
  std::vector<int> sixths(6);
  for (int i = 0; i < 6000; ++i)
    ++sixths.at(static_cast<std::size_t>(backoff.next() / seconds{10}));
  for (const auto count : sixths) {
    EXPECT_GT(count, 800);
    EXPECT_LT(count, 1200);
  }
}

TEST(BackoffTest, BeginsAnewOnlyAfterAProvenSuccess) {
  Backoff backoff([] { return 0.0; });
  for (int i = 0; i < 10; ++i) (void)backoff.next();
  EXPECT_EQ(backoff.ceiling(), seconds{60});
  backoff.prove_success();
  EXPECT_EQ(backoff.ceiling(), seconds{1});
}

TEST(BackoffTest, HasOtherBoundsWhereTheyAreGiven) {
  Backoff backoff([] { return 1.0; }, {.first = milliseconds{3}, .last = milliseconds{10}});
  EXPECT_EQ(backoff.next(), milliseconds{3});
  EXPECT_EQ(backoff.next(), milliseconds{6});
  EXPECT_EQ(backoff.next(), milliseconds{10});
  EXPECT_EQ(backoff.next(), milliseconds{10});
}

TEST(BackoffTest, DoesNotOverflow) {
  Backoff backoff([] { return 0.0; }, {.first = milliseconds{1}, .last = Backoff::Duration::max()});
  for (int i = 0; i < 200; ++i) (void)backoff.next();
  EXPECT_EQ(backoff.ceiling(), Backoff::Duration::max());
}

}  // namespace
}  // namespace proctally::plugins::graphite
