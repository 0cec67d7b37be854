#include "core/accounting/shares.h"

#include <algorithm>

namespace proctally::accounting {

void share(std::uint64_t amount, const std::vector<std::uint64_t>& weights,
           std::vector<std::uint64_t>& shares) {
  // ns times ns passes 64 bits.
  __extension__ using Wide = unsigned __int128;
  Wide sum = 0;
  for (const auto weight : weights) sum += weight;
  const bool are_equal = sum == 0;
  if (are_equal) sum = weights.size();

  shares.clear();
  Wide weighed = 0;
  std::uint64_t given = 0;
  for (const auto weight : weights) {
    weighed += are_equal ? 1 : weight;
    // Rounding the running sum, and not each share, loses nothing.
    const auto due = static_cast<std::uint64_t>(Wide{amount} * weighed / sum);
    shares.push_back(due - given);
    given = due;
  }
}

}  // namespace proctally::accounting
