#pragma once

#include <cstdint>
#include <vector>

namespace proctally::accounting {

/// Divides `amount` in the proportion of `weights` into `shares`, which add up to it exactly. Equal
/// shares where all weights are 0; nothing where there is none to share among.
void share(std::uint64_t amount, const std::vector<std::uint64_t>& weights,
           std::vector<std::uint64_t>& shares);

}  // namespace proctally::accounting
