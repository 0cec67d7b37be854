#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "plugins/graphite/backlog.h"
#include "plugins/graphite/batch.h"
#include "plugins/graphite/disk_error.h"
#include "plugins/graphite/file_ops.h"
#include "plugins/graphite/spool_folder.h"
#include "plugins/graphite/spool_reader.h"
#include "plugins/graphite/spool_record.h"
#include "plugins/graphite/spool_recovery.h"
#include "plugins/graphite/spool_segment.h"
#include "plugins/graphite/tally.h"

namespace proctally::plugins::graphite {

struct SpoolLimits {
  /// What the segment files may have together. Where more is needed the oldest batches go until a
  /// whole file can.
  std::uint64_t max_bytes = std::uint64_t{256} << 20U;
  std::int64_t max_age_s = std::int64_t{7} * 24 * 3600;
  /// When a segment has so many a new one begins; at most a quarter of max_bytes is used. A larger
  /// batch has a segment of its own.
  std::uint64_t segment_bytes = std::uint64_t{1} << 20U;
};

/// Always: recovered + appended = confirmed + dropped + pending, in batches and in lines; of a
/// batch that arrived in part the lines that did are confirmed.
struct SpoolStats {
  Tally recovered;     ///< Still to be sent when it was opened, with those that were damaged.
  Tally appended;      ///< Taken over by append(), with those that it dropped at once.
  Tally confirmed;     ///< Delivered.
  DropCounts dropped;  ///< Never too_many.
  Tally pending;       ///< Still there: taken or not.
  std::uint64_t file_bytes = 0;  ///< Of the segments.
  std::uint64_t disk_errors = 0;
};

/// The batches that wait for one destination, in files of a folder of its own: what is spooled
/// survives the end of the process by any signal, and a power cut. Batches come out in the order in
/// which they came in. One batch at a time is in memory, and 80 bytes for each that is taken.
///
/// No call throws for what the disk does, and none gives up a batch because of an error of it that
/// may pass: errors come back as values and are counted. What gives errors for a minute, or is
/// gone, is dropped as damaged. Every call may wait for the disk. Times are Unix time in seconds.
/// One thread, and one process for each folder: another one cannot open it.
class Spool {
 public:
  struct Opened {
    std::unique_ptr<Spool> spool;        ///< None where `error` says why.
    std::vector<SpoolFinding> findings;  ///< What was not in order, and what was done.
    std::vector<DiskError> errors;       ///< Of single files; the spool works all the same.
    std::optional<DiskError> error;
  };
  /// Goes on where confirmed delivery ended. Makes the folder, but not those above it. `ops` must
  /// outlive the spool.
  [[nodiscard]] static Opened open(const std::string& folder, const SpoolLimits& limits,
                                   FileOps& ops = system_file_ops());

  /// Saves the position.
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  enum class Appended : std::uint8_t {
    spooled,  ///< It survives a power cut from now on.
    dropped,  ///< There is no room, whatever else went: counted by its reason.
    failed,   ///< The disk refused: `error`. The batch is not counted, and still the caller's.
  };
  struct AppendResult {
    Appended outcome = Appended::spooled;
    std::optional<DiskError> error;
  };
  /// Makes room by dropping the oldest batches that are not taken, so many that a file can go.
  [[nodiscard]] AppendResult append(const Batch& batch, std::int64_t now_s);

  struct SpooledBatch {
    std::uint64_t id = 0;  ///< Rises by one with each batch that is spooled.
    BatchRest rest;
  };
  /// The oldest batch that is not taken, read from the disk; nothing where there is none; or an
  /// error, after which the next call tries the same again: not at once, please. Drops what is too
  /// old or damaged.
  [[nodiscard]] std::variant<std::optional<SpooledBatch>, DiskError> peek(std::int64_t now_s);
  /// Takes what peek() gave: it is on its way. Such a batch is not dropped by any limit.
  void take();
  /// All that is taken and not confirmed waits again, in its order: the connection broke. Of the
  /// first of it only `first` is still to be sent; the next process would send all of it.
  void give_back(const BatchRest& first = {});
  /// All that was taken, up to the batch `id`, has arrived. Frees its files; but save_position()
  /// is what makes a part of a file known to the next process.
  [[nodiscard]] std::optional<DiskError> confirm(std::uint64_t id);
  /// Writes down where confirmed delivery ended, if that has changed. What was confirmed since is
  /// sent twice if the process is killed.
  [[nodiscard]] std::optional<DiskError> save_position();

  [[nodiscard]] const SpoolStats& stats() const { return stats_; }
  /// Of the oldest that is pending, as far as the disk tells.
  [[nodiscard]] std::optional<std::int64_t> oldest_time_s(std::int64_t now_s);
  /// What was found since the last call, at most a hundred.
  [[nodiscard]] std::vector<SpoolFinding> take_findings() { return std::exchange(findings_, {}); }

 private:
  Spool(SpoolFolder folder, const SpoolLimits& limits, RecoveredSpool recovered);

  std::optional<DiskError> count(std::optional<DiskError> error);
  [[nodiscard]] SpoolPlace position() const;
  void note(SpoolFinding finding);

  // Reading: spool_out.cc.
  /// Sees to it that ready_ has an entry, where there is one. Fails where drop_old() does.
  std::optional<DiskError> come_to_next(std::int64_t now_s);
  std::optional<DiskError> drop_old(std::int64_t now_s);
  /// Reads the lines of the first in ready_ into front_, or drops it.
  std::optional<DiskError> read_front(std::int64_t now_s);
  /// An error at what comes next: nothing where it is time to give that up.
  std::optional<DiskError> try_again_later(std::int64_t now_s);
  void give_up_rest_of(SpoolSegment& segment, const std::string& detail);
  /// Drops the records of a segment that were not come to, without a look at them.
  void drop_unread(SpoolSegment& segment, DropReason reason);
  /// What can be dropped and is the oldest, as far as it is in one file.
  void drop_oldest_file(DropReason reason);
  /// The place behind the last record of a segment.
  [[nodiscard]] SpoolPlace end_of(const SpoolSegment& segment) const;
  void drop_front(DropReason reason);
  void release(const SpoolEntry& entry);
  /// Removes the files of which nothing is left to be sent.
  std::optional<DiskError> remove_finished();

  // Writing: spool.cc.
  [[nodiscard]] AppendResult drop_new(DropReason reason, const Tally& batch);
  /// A result where the record cannot be written now.
  std::optional<AppendResult> make_room(std::uint64_t bytes, const Tally& batch);
  std::optional<DiskError> write(const std::string& record);
  [[nodiscard]] bool is_written_to(const SpoolSegment& segment) const;

  SpoolFolder folder_;
  const SpoolLimits limits_;
  SpoolStats stats_;
  std::vector<SpoolFinding> findings_;

  std::map<std::uint64_t, SpoolSegment> segments_;  ///< By the id of the place where they begin.
  std::optional<SegmentWriter> writer_;             ///< Of the last of them.
  SpoolPlace end_;                                  ///< Where the next batch will stand.

  // The row of the batches: taken_, then ready_, then what was not come to, from passed_ on.
  std::deque<SpoolEntry> taken_;
  std::deque<SpoolEntry> ready_;
  SpoolPlace passed_;
  BatchPtr front_;  ///< The first of ready_, where it was read.
  SpoolReader reader_{folder_};
  std::optional<std::int64_t> failing_since_s_;  ///< Reading what comes next.

  std::optional<SpoolPlace> saved_position_;
};

}  // namespace proctally::plugins::graphite
