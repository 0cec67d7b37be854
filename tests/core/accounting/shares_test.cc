#include "core/accounting/shares.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

namespace proctally::accounting {
namespace {

using Amounts = std::vector<std::uint64_t>;

struct Case {
  const char* name;
  std::uint64_t amount;
  Amounts weights;
  Amounts shares;
};

class Shares : public ::testing::TestWithParam<Case> {};

TEST_P(Shares, AreInProportionAndAddUp) {
  const auto& [name, amount, weights, expected] = GetParam();
  Amounts shares = {99, 99, 99, 99};  // What was there before is gone.
  share(amount, weights, shares);
  EXPECT_EQ(shares, expected);
  if (!weights.empty()) {
    EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), std::uint64_t{0}), amount);
  }
}

constexpr auto kLargest = std::numeric_limits<std::uint64_t>::max();

INSTANTIATE_TEST_SUITE_P(
    Of, Shares,
    ::testing::Values(Case{"Nobody", 100, {}, {}}, Case{"One", 100, {7}, {100}},
                      Case{"Proportion", 100, {1, 3}, {25, 75}},
                      Case{"NothingToShare", 0, {1, 3}, {0, 0}},
                      Case{"NoWeightAtAll", 100, {0, 0, 0, 0}, {25, 25, 25, 25}},
                      Case{"NoWeightAndARest", 10, {0, 0, 0}, {3, 3, 4}},
                      Case{"OneWithoutWeight", 100, {1, 0, 1}, {50, 0, 50}},
                      Case{"ARest", 10, {1, 1, 1}, {3, 3, 4}},
                      Case{"LessThanThereAreToShare", 2, {1, 1, 1, 1}, {0, 1, 0, 1}},
                      Case{"LargestAmount", kLargest, {1, 1}, {kLargest / 2, kLargest / 2 + 1}},
                      Case{"LargestWeights", 100, {kLargest, kLargest}, {50, 50}},
                      Case{"LargestOfBoth", kLargest, {kLargest}, {kLargest}}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace proctally::accounting
