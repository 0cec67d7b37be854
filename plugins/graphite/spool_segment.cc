#include "plugins/graphite/spool_segment.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace proctally::plugins::graphite {

int SegmentWalk::find_at(std::uint64_t offset, std::uint64_t size) {
  if (size < offset || size - offset < kRecordHeaderBytes) return 0;
  std::array<char, kRecordHeaderBytes> bytes{};
  const auto result = read_fully(*ops_, fd_, bytes.data(), bytes.size(), offset);
  if (result < 0) return result;
  const auto header = decode_record_header({bytes.data(), bytes.size()});
  if (!header || header->record_bytes() > size - offset) return 0;
  header_ = *header;
  return 1;
}

SegmentWalk::Step SegmentWalk::found(std::uint64_t offset) {
  skipped_bytes_ += offset - end_;
  offset_ = offset;
  end_ = offset + header_.record_bytes();
  return Step::record;
}

SegmentWalk::Step SegmentWalk::next(std::uint64_t size) {
  const auto failed = [this](int result) {
    error_code_ = -result;
    return Step::failed;
  };
  const auto at_once = find_at(end_, size);
  if (at_once < 0) return failed(at_once);
  if (at_once > 0) return found(end_);

  // Damage, or the end: looks for the first byte of a record, piece by piece.
  std::array<char, 16384> piece{};
  for (auto start = end_ + 1; start < size && size - start >= kRecordHeaderBytes;) {
    const auto count = std::min<std::uint64_t>(piece.size(), size - start);
    const auto result = read_fully(*ops_, fd_, piece.data(), count, start);
    if (result < 0) return failed(result);
    const std::string_view text(piece.data(), count);
    for (auto at = text.find(kRecordMagic[0]); at != std::string_view::npos;
         at = text.find(kRecordMagic[0], at + 1)) {
      const auto here = find_at(start + at, size);
      if (here < 0) return failed(here);
      if (here > 0) return found(start + at);
    }
    start += count;
  }
  return Step::end;
}

std::variant<SegmentWriter, DiskError> SegmentWriter::make(const SpoolFolder& folder,
                                                           const SpoolPlace& first) {
  auto file = folder.open_segment(first, O_WRONLY | O_CREAT | O_TRUNC);
  if (auto* error = std::get_if<DiskError>(&file)) return std::move(*error);
  return SegmentWriter(std::move(std::get<UniqueFd>(file)), first);
}

std::optional<DiskError> SegmentWriter::append(const SpoolFolder& folder,
                                               const std::string& record) {
  auto& ops = folder.ops();
  std::optional<DiskError> error;
  if (const auto wrote = write_fully(ops, fd_.get(), record, size_); wrote < 0) {
    error = folder.error(wrote, "write", segment_name(first_));
  } else if (const auto synced = ops.sync_data(fd_.get()); synced < 0) {
    error = folder.error(synced, "sync", segment_name(first_));
    // The kernel forgets such an error, and takes the pages for clean: a later success of the same
    // file would say nothing about them.
    is_spoilt_ = true;
  } else if (size_ == 0) {
    error = folder.sync();
    is_spoilt_ = error.has_value();
  }
  if (!error) {
    size_ += record.size();
    return std::nullopt;
  }
  if (ops.cut(fd_.get(), size_) < 0) is_spoilt_ = true;
  return error;
}

}  // namespace proctally::plugins::graphite
