#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/unique_fd.h"
#include "plugins/graphite/disk_error.h"
#include "plugins/graphite/spool_folder.h"
#include "plugins/graphite/spool_record.h"

namespace proctally::plugins::graphite {

/// Walks over the headers of the records in one segment file, from its start, and over damage to
/// the next one that can be read. Lines are not read. Holds no more than a piece of the file. One
/// thread.
class SegmentWalk {
 public:
  enum class Step : std::uint8_t {
    record,  ///< header() and offset() are those of the next record.
    end,     ///< No record is to be found up to the end. More may be appended later.
    failed,  ///< The disk gave an error, error_code(). The next call tries the same again.
  };

  /// `fd` must stay open as long as next() is called.
  SegmentWalk(FileOps& ops, int fd) : ops_(&ops), fd_(fd) {}

  /// `size` is how much of the file counts: it may have grown since.
  Step next(std::uint64_t size);

  [[nodiscard]] const RecordHeader& header() const { return header_; }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Where the last record ends that was found.
  [[nodiscard]] std::uint64_t end() const { return end_; }
  /// How many bytes before end() belong to no record.
  [[nodiscard]] std::uint64_t skipped_bytes() const { return skipped_bytes_; }
  [[nodiscard]] int error_code() const { return error_code_; }

 private:
  /// Sets header_ where a whole record stands at `offset`. 1: yes, 0: no, else -errno.
  int find_at(std::uint64_t offset, std::uint64_t size);
  Step found(std::uint64_t offset);

  FileOps* ops_;
  int fd_;
  RecordHeader header_;
  std::uint64_t offset_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t skipped_bytes_ = 0;
  int error_code_ = 0;
};

/// The segment that records are appended to. Between calls the file holds exactly the records that
/// were appended with success, or it is spoilt and must not be used again. `folder` must outlive
/// it.
class SegmentWriter {
 public:
  /// Makes the file, or empties what a failed attempt left under its name.
  [[nodiscard]] static std::variant<SegmentWriter, DiskError> make(const SpoolFolder& folder,
                                                                   const SpoolPlace& first);

  /// When this returns without an error the record survives a power cut. After an error it is not
  /// in the file, as far as the disk allows.
  [[nodiscard]] std::optional<DiskError> append(const SpoolFolder& folder,
                                                const std::string& record);

  [[nodiscard]] const SpoolPlace& first() const { return first_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// What the disk did to it is not known: nothing may be appended any more.
  [[nodiscard]] bool is_spoilt() const { return is_spoilt_; }

 private:
  SegmentWriter(UniqueFd fd, const SpoolPlace& first) : fd_(std::move(fd)), first_(first) {}

  UniqueFd fd_;
  SpoolPlace first_;
  std::uint64_t size_ = 0;
  bool is_spoilt_ = false;
};

}  // namespace proctally::plugins::graphite
