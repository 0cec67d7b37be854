#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <vector>

#include "plugins/graphite/backlog.h"
#include "plugins/graphite/batch.h"
#include "plugins/graphite/tally.h"

namespace proctally::plugins::graphite {

struct QueueLimits {
  std::size_t max_batches = std::numeric_limits<std::size_t>::max();
  std::size_t max_bytes = std::numeric_limits<std::size_t>::max();
  std::int64_t max_age_s = std::numeric_limits<std::int64_t>::max();
};

/// The scans that wait for one destination, in memory. When a limit is passed the oldest goes, as a
/// whole: half a scan is worse than none. What was taken is in no limit until it is given back.
/// "Oldest" is what was pushed first, whatever the clock did in between; nothing too old is ever
/// handed out. One thread.
class BatchQueue final : public Backlog {
 public:
  explicit BatchQueue(const QueueLimits& limits) : limits_(limits) {}

  void push(BatchPtr batch, std::int64_t now_s) override;
  [[nodiscard]] std::optional<BatchRest> take(std::int64_t now_s) override;
  void confirm(std::size_t /*batches*/, std::int64_t /*now_s*/) override {}
  /// What has no text left is passed over. The limits hold as for a push: so these are the first to
  /// be dropped.
  void give_back(const std::vector<BatchRest>& undelivered, std::int64_t now_s) override;
  /// Drops what has become too old. push(), take() and give_back() do so by themselves.
  void drop_old(std::int64_t now_s);

  [[nodiscard]] bool is_empty() const override { return waiting_.empty(); }
  [[nodiscard]] Tally came() const override { return came_; }
  [[nodiscard]] Tally waiting() const override { return size_; }
  [[nodiscard]] std::size_t waiting_bytes() const override { return bytes_; }
  [[nodiscard]] DropCounts dropped() const override { return dropped_; }
  /// Of the first that take() would give.
  [[nodiscard]] std::optional<std::int64_t> oldest_time_s(std::int64_t now_s) override;

 private:
  void add_size(const BatchRest& rest);
  void subtract_size(const BatchRest& rest);
  void drop_front(DropReason reason);
  void keep_limits(std::int64_t now_s);

  QueueLimits limits_;
  std::deque<BatchRest> waiting_;
  Tally size_;
  std::size_t bytes_ = 0;
  Tally came_;
  DropCounts dropped_;
};

}  // namespace proctally::plugins::graphite
