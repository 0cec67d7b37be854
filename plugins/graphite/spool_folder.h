#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/unique_fd.h"
#include "plugins/graphite/disk_error.h"
#include "plugins/graphite/file_ops.h"
#include "plugins/graphite/spool_record.h"

namespace proctally::plugins::graphite {

/// The folder of one spool, locked: as long as this lives no other process can open it. All files
/// are reached through its descriptor, so it may be moved meanwhile. `ops` must outlive it.
///
/// It holds `lock`, `position`, for a moment `position.new`, and segments that are named after the
/// place of their first record, "<id>-<line>.spool", each number with 20 digits. A segment ends at
/// the latest where the next begins, whatever stands in it. Any other file is left alone.
class SpoolFolder {
 public:
  /// Makes the folder (0700) where it is missing, but not those above it. Refuses one that another
  /// user could write to.
  [[nodiscard]] static std::variant<SpoolFolder, DiskError> open(const std::string& path,
                                                                 FileOps& ops);

  [[nodiscard]] FileOps& ops() const { return *ops_; }
  /// Where the segments there begin, in order.
  [[nodiscard]] std::variant<std::vector<SpoolPlace>, DiskError> segments() const;
  /// `flags` as of open(2). A segment that is made has mode 0600.
  [[nodiscard]] std::variant<UniqueFd, DiskError> open_segment(const SpoolPlace& first,
                                                               int flags) const;
  [[nodiscard]] std::optional<DiskError> remove_segment(const SpoolPlace& first) const;

  struct SavedPosition {
    std::optional<SpoolPlace> place{};  ///< Nothing where there is none, or a damaged one.
    bool is_damaged = false;
    std::uint64_t bytes = 0;  ///< How long the file is.
  };
  [[nodiscard]] std::variant<SavedPosition, DiskError> load_position() const;
  /// Replaces it as a whole. When this returns without an error it survives a power cut, and so do
  /// the removals before.
  [[nodiscard]] std::optional<DiskError> save_position(const SpoolPlace& place) const;

  /// Waits for the disk to know the folder's names.
  [[nodiscard]] std::optional<DiskError> sync() const;
  /// The error of a call that returned `result`, "cannot <what> <folder>/<file>: <why>".
  [[nodiscard]] DiskError error(std::int64_t result, const std::string& what,
                                const std::string& file) const;

 private:
  SpoolFolder(std::string path, FileOps& ops) : path_(std::move(path)), ops_(&ops) {}
  [[nodiscard]] std::optional<DiskError> open_and_lock();
  /// Or a power cut takes the folder, and all that was synced in it.
  [[nodiscard]] std::optional<DiskError> sync_name_of_folder() const;

  std::string path_;
  FileOps* ops_;
  UniqueFd dir_;
  UniqueFd lock_;
};

[[nodiscard]] std::string segment_name(const SpoolPlace& first);
[[nodiscard]] std::optional<SpoolPlace> parse_segment_name(const std::string& name);

}  // namespace proctally::plugins::graphite
