#include "plugins/graphite/spool_reader.h"

#include <fcntl.h>

#include <memory>
#include <utility>
#include <variant>

namespace proctally::plugins::graphite {

SpoolReader::Result SpoolReader::next(const SpoolSegment& segment, SpoolEntry& entry) {
  if (!walked_ || walked_->first != segment.first) {
    walk_.reset();
    if (!open(segment.first, walked_)) return Result::failed;
    walk_.emplace(folder_->ops(), walked_->fd.get());
  }
  switch (walk_->next(segment.size)) {
    case SegmentWalk::Step::record:
      entry = {.segment = segment.first, .offset = walk_->offset(), .header = walk_->header()};
      return Result::done;
    case SegmentWalk::Step::end:
      return Result::none;
    case SegmentWalk::Step::failed:
      break;
  }
  return fail(folder_->error(-walk_->error_code(), "read", segment_name(segment.first)));
}

SpoolReader::Result SpoolReader::read(const SpoolEntry& entry, BatchPtr& batch) {
  // Most often it is the record that was just come to.
  auto& file = walked_ && walked_->first == entry.segment ? walked_ : read_;
  if (!open(entry.segment, file)) return Result::failed;
  auto made = std::make_shared<Batch>();
  made->time_s = entry.header.time_s;
  made->line_count = entry.header.line_count;
  made->lines.resize(entry.header.payload_bytes);
  const auto result = read_fully(folder_->ops(), file->fd.get(), made->lines.data(),
                                 made->lines.size(), entry.offset + kRecordHeaderBytes);
  if (result < 0) return fail(folder_->error(result, "read", segment_name(entry.segment)));
  if (!is_payload_of(entry.header, made->lines)) return Result::none;
  batch = std::move(made);
  return Result::done;
}

std::uint64_t SpoolReader::unreadable_bytes(const SpoolSegment& segment) const {
  if (!walk_ || walked_->first != segment.first) return segment.size;
  return walk_->skipped_bytes() + (segment.size - walk_->end());
}

void SpoolReader::close(const SpoolPlace& segment) {
  if (walked_ && walked_->first == segment) {
    walk_.reset();
    walked_.reset();
  }
  if (read_ && read_->first == segment) read_.reset();
}

bool SpoolReader::open(const SpoolPlace& first, std::optional<OpenSegment>& file) {
  if (file && file->first == first) return true;
  file.reset();
  // A disk with errors is often made read-only: what is on it can still be delivered.
  auto opened = folder_->open_segment(first, O_RDONLY);
  if (auto* error = std::get_if<DiskError>(&opened)) {
    (void)fail(std::move(*error));
    return false;
  }
  file = OpenSegment{.first = first, .fd = std::move(std::get<UniqueFd>(opened))};
  return true;
}

SpoolReader::Result SpoolReader::fail(DiskError error) {
  error_ = std::move(error);
  return Result::failed;
}

}  // namespace proctally::plugins::graphite
