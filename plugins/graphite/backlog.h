#pragma once

#include <cstddef>
#include <cstdint>
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
  [[nodiscard]] Tally tally() const { return {.batches = 1, .lines = line_count()}; }
  /// What is left when the first `bytes` of text() have arrived: from the first line on that did
  /// not arrive as a whole. Its text() is empty where all has arrived.
  [[nodiscard]] BatchRest after(std::size_t bytes) const;
};

struct DiskCounts {
  Tally pending;  ///< What the next process would find there.
  std::uint64_t file_bytes = 0;
  std::uint64_t errors = 0;
};

/// The batches that wait for one destination, oldest first: in memory, or on disk. Whole batches
/// are dropped where there are too many, the oldest first, and counted by the reason. Always, in
/// lines:
///   came = dropped + waiting + taken and not confirmed + confirmed.
/// Times are Unix time in seconds. One thread.
class Backlog {
 public:
  Backlog() = default;
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;
  virtual ~Backlog() = default;

  virtual void push(BatchPtr batch, std::int64_t now_s) = 0;
  /// The oldest, which is the taker's until it is confirmed or given back. Nothing where nothing
  /// waits; or where is_empty() is false, where what waits cannot be read now.
  [[nodiscard]] virtual std::optional<BatchRest> take(std::int64_t now_s) = 0;
  /// Of what was taken the oldest `batches` have arrived as a whole.
  virtual void confirm(std::size_t batches, std::int64_t now_s) = 0;
  /// Puts back all that was taken and is not confirmed, oldest first, ahead of what waits.
  virtual void give_back(const std::vector<BatchRest>& undelivered, std::int64_t now_s) = 0;

  /// Nothing more comes, and all is given back: what only memory has goes to where the next process
  /// finds it, as far as that can be.
  virtual void end(std::int64_t /*now_s*/) {}

  [[nodiscard]] virtual bool is_empty() const = 0;
  /// All that was ever put in, by push() or by a process before this one.
  [[nodiscard]] virtual Tally came() const = 0;
  [[nodiscard]] virtual Tally waiting() const = 0;
  /// In memory.
  [[nodiscard]] virtual std::size_t waiting_bytes() const = 0;
  [[nodiscard]] virtual DropCounts dropped() const = 0;
  /// Of the oldest that waits or is taken, where that is known.
  [[nodiscard]] virtual std::optional<std::int64_t> oldest_time_s(std::int64_t now_s) = 0;
  /// Nothing where what waits is in memory only.
  [[nodiscard]] virtual std::optional<DiskCounts> disk() const { return std::nullopt; }
};

}  // namespace proctally::plugins::graphite
