#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "plugins/graphite/batch.h"
#include "plugins/graphite/tally.h"

namespace proctally::plugins::graphite {

/// What of a batch is still to be sent: all of it, or from a line on.
struct BatchRest {
  BatchPtr batch{};
  std::size_t first_byte = 0;  ///< Where in the batch's lines it begins: the start of a line.
  std::size_t first_line = 0;  ///< How many lines stand before.

  /// Lives as long as the batch.
  [[nodiscard]] std::string_view text() const {
    return std::string_view(batch->lines).substr(first_byte);
  }
  [[nodiscard]] std::size_t line_count() const { return batch->line_count - first_line; }
  /// What is left when the first `bytes` of text() have arrived: from the first line on that did
  /// not arrive as a whole. Its text() is empty where all has arrived.
  [[nodiscard]] BatchRest after(std::size_t bytes) const;
};

struct QueueLimits {
  std::size_t max_batches = std::numeric_limits<std::size_t>::max();
  std::size_t max_bytes = std::numeric_limits<std::size_t>::max();
  std::int64_t max_age_s = std::numeric_limits<std::int64_t>::max();
};

/// The scans that wait for one destination, oldest first, in memory. When a limit is passed the
/// oldest goes, as a whole: half a scan is worse than none. Every loss is counted by its reason:
///   pushed + given_back = taken + dropped + size, in lines and in batches.
/// What was taken is the taker's: it is in no limit until it is given back.
/// "Oldest" is what was pushed first, whatever the clock did in between; nothing too old is ever
/// handed out. Times are Unix time in seconds, as in the batches. One thread.
class BatchQueue {
 public:
  struct Counts {
    Tally pushed;
    Tally taken;
    Tally given_back;
    DropCounts dropped;
  };

  explicit BatchQueue(const QueueLimits& limits) : limits_(limits) {}

  void push(BatchPtr batch, std::int64_t now_s);
  /// The oldest, or nothing.
  [[nodiscard]] std::optional<BatchRest> take(std::int64_t now_s);
  /// Puts back what was not delivered, oldest first, ahead of all that waits. What has no text left
  /// is passed over. The limits hold as for a push: so these are the first to be dropped.
  void give_back(const std::vector<BatchRest>& undelivered, std::int64_t now_s);
  /// Drops what has become too old. push(), take() and give_back() do so by themselves.
  void drop_old(std::int64_t now_s);
  /// After a reload. Keeps what the new limits allow.
  void set_limits(const QueueLimits& limits, std::int64_t now_s);

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] const Tally& size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// Of the first that take() would give.
  [[nodiscard]] std::optional<std::int64_t> oldest_time_s() const;
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  void add_size(const BatchRest& rest);
  void subtract_size(const BatchRest& rest);
  void drop_front(DropReason reason);
  void keep_limits(std::int64_t now_s);

  QueueLimits limits_;
  std::deque<BatchRest> waiting_;
  Tally size_;
  std::size_t bytes_ = 0;
  Counts counts_;
};

}  // namespace proctally::plugins::graphite
