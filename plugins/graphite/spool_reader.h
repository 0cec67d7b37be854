#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/unique_fd.h"
#include "plugins/graphite/batch.h"
#include "plugins/graphite/disk_error.h"
#include "plugins/graphite/spool_folder.h"
#include "plugins/graphite/spool_record.h"
#include "plugins/graphite/spool_recovery.h"
#include "plugins/graphite/spool_segment.h"
#include "plugins/graphite/tally.h"

namespace proctally::plugins::graphite {

/// A record that was come to: what is needed to read it, or to drop it unread.
struct SpoolEntry {
  SpoolPlace segment;  ///< Where its segment begins.
  std::uint64_t offset = 0;
  RecordHeader header;
  std::size_t first_byte = 0;  ///< From here on its lines are still to be sent.
  std::size_t first_line = 0;

  [[nodiscard]] Tally rest() const {
    return {.batches = 1, .lines = header.line_count - first_line};
  }
};

/// Reads records back: their headers one after another, and the lines of one when they are wanted.
/// Holds two files open at most. `folder` must outlive it. One thread.
class SpoolReader {
 public:
  explicit SpoolReader(const SpoolFolder& folder) : folder_(&folder) {}

  enum class Result : std::uint8_t {
    done,
    none,    ///< No record comes any more; or its lines are damaged.
    failed,  ///< The disk gave an error, error(). The same can be tried again.
  };
  /// The record after the one that it gave last; of another segment, the first.
  Result next(const SpoolSegment& segment, SpoolEntry& entry);
  Result read(const SpoolEntry& entry, BatchPtr& batch);

  [[nodiscard]] const DiskError& error() const { return error_; }
  /// How much of the segment next() found no record in, up to its end.
  [[nodiscard]] std::uint64_t unreadable_bytes(const SpoolSegment& segment) const;
  /// Closes the file of a segment: a removed one takes room as long as it is open.
  void close(const SpoolPlace& segment);

 private:
  struct OpenSegment {
    SpoolPlace first;
    UniqueFd fd;
  };
  /// Whether `file` is that of the segment now; error() tells why not.
  bool open(const SpoolPlace& first, std::optional<OpenSegment>& file);
  Result fail(DiskError error);

  const SpoolFolder* folder_;
  std::optional<OpenSegment> walked_;
  std::optional<SegmentWalk> walk_;  ///< Over walked_.
  std::optional<OpenSegment> read_;
  DiskError error_;
};

}  // namespace proctally::plugins::graphite
