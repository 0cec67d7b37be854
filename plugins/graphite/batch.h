#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace proctally::plugins::graphite {

/// One scan as Graphite lines: formatted once, never changed, shared by all destinations.
struct Batch {
  std::int64_t time_s = 0;     ///< The time stamp that is in each of its lines (Unix time).
  std::size_t line_count = 0;  ///< How many there are, for the accounts.
  std::string lines{};         ///< Each ends in a newline.
};

using BatchPtr = std::shared_ptr<const Batch>;

}  // namespace proctally::plugins::graphite
