#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "plugins/graphite/backlog.h"
#include "plugins/graphite/tally.h"

namespace proctally::plugins::graphite {

/// What was handed to one connection and is not known to have arrived. Positions count the bytes of
/// the connection from 0: the kernel says how many of them the peer's has (SIOCOUTQ, tcp(7)).
/// Invariant: what was added is arrived, or is still here. One thread.
class InFlight {
 public:
  /// Behind all that was added before.
  void add(BatchRest rest);

  /// The first `bytes` of the connection have arrived. What has arrived as a whole is forgotten;
  /// its lines.
  Tally arrived(std::uint64_t bytes);

  /// Ends the connection, of which the first `bytes` have arrived: what has not, oldest first, each
  /// from the first line on that did not arrive as a whole. Begins a new one at 0.
  [[nodiscard]] std::vector<BatchRest> take_back(std::uint64_t bytes);

  [[nodiscard]] bool empty() const { return sent_.empty(); }
  [[nodiscard]] const Tally& size() const { return size_; }
  [[nodiscard]] std::uint64_t bytes() const {
    return sent_.empty() ? 0 : end_ - sent_.front().begin;
  }
  /// Of the connection so far: where the next addition begins.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  struct Sent {
    BatchRest rest;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  std::deque<Sent> sent_;
  std::uint64_t end_ = 0;
  Tally size_;
};

}  // namespace proctally::plugins::graphite
