#include "plugins/graphite/spool.h"

#include <algorithm>

namespace proctally::plugins::graphite {

Spool::Spool(SpoolFolder folder, const SpoolLimits& limits, RecoveredSpool recovered)
    : folder_(std::move(folder)),
      limits_(limits),
      segments_(std::move(recovered.segments)),
      end_(recovered.end),
      passed_(recovered.begin),
      saved_position_(recovered.saved) {
  for (const auto& [id, segment] : segments_) {
    stats_.pending += segment.unread;
    stats_.file_bytes += segment.size;
  }
  stats_.recovered = stats_.pending + recovered.lost;
  stats_.dropped.add(DropReason::damaged, recovered.lost);
  stats_.disk_errors = recovered.errors.size();
}

Spool::Opened Spool::open(const std::string& folder, const SpoolLimits& limits, FileOps& ops) {
  Opened opened;
  auto locked = SpoolFolder::open(folder, ops);
  if (auto* error = std::get_if<DiskError>(&locked)) {
    opened.error = std::move(*error);
    return opened;
  }
  auto& place = std::get<SpoolFolder>(locked);
  auto recovered = recover_spool(place);
  if (auto* error = std::get_if<DiskError>(&recovered)) {
    opened.error = std::move(*error);
    return opened;
  }
  auto& found = std::get<RecoveredSpool>(recovered);
  opened.findings = found.findings;
  opened.errors = found.errors;
  // The constructor is ours alone.
  opened.spool.reset(new Spool(std::move(place), limits, std::move(found)));
  return opened;
}

Spool::~Spool() { (void)save_position(); }

Spool::AppendResult Spool::append(const Batch& batch, std::int64_t now_s) {
  const Tally tally{.batches = 1, .lines = batch.line_count};
  const auto bytes = std::uint64_t{kRecordHeaderBytes} + batch.lines.size();
  if (batch.lines.size() > kMostPayloadBytes || bytes > limits_.max_bytes) {
    return drop_new(DropReason::oversized, tally);
  }
  (void)drop_old(now_s);  // Where that fails there may be room all the same.
  if (auto result = make_room(bytes, tally)) return std::move(*result);
  if (auto error = write(encode_record(end_, batch))) {
    return {.outcome = Appended::failed, .error = count(std::move(error))};
  }
  auto& segment = segments_.at(writer_->first().id);
  segment.size = writer_->size();
  segment.unread += tally;
  stats_.file_bytes += bytes;
  stats_.appended += tally;
  stats_.pending += tally;
  end_ = {.id = end_.id + 1, .line = end_.line + batch.line_count};
  return {.outcome = Appended::spooled, .error = std::nullopt};
}

Spool::AppendResult Spool::drop_new(DropReason reason, const Tally& batch) {
  stats_.appended += batch;
  stats_.dropped.add(reason, batch);
  return {.outcome = Appended::dropped, .error = std::nullopt};
}

std::optional<Spool::AppendResult> Spool::make_room(std::uint64_t bytes, const Tally& batch) {
  while (stats_.file_bytes + bytes > limits_.max_bytes) {
    const auto file_bytes = stats_.file_bytes;
    // Where files cannot be removed, dropping what is in them would win nothing.
    if (auto error = remove_finished()) {
      return AppendResult{.outcome = Appended::failed, .error = std::move(error)};
    }
    if (stats_.file_bytes < file_bytes) continue;
    if (stats_.pending.batches > taken_.size()) {
      drop_oldest_file(DropReason::too_large);
    } else if (writer_ && segments_.at(writer_->first().id).held == 0) {
      writer_.reset();  // Nothing in its file is still to be sent, so that can go.
    } else {
      return drop_new(DropReason::too_large, batch);
    }
  }
  return std::nullopt;
}

std::optional<DiskError> Spool::write(const std::string& record) {
  const auto most = std::min(limits_.segment_bytes, limits_.max_bytes / 4);
  if (writer_ && writer_->size() > 0 && writer_->size() + record.size() > most) writer_.reset();
  if (!writer_) {
    auto made = SegmentWriter::make(folder_, end_);
    if (auto* error = std::get_if<DiskError>(&made)) return std::move(*error);
    writer_ = std::move(std::get<SegmentWriter>(made));
    segments_.insert_or_assign(end_.id, SpoolSegment{.first = end_});
  }
  auto error = writer_->append(folder_, record);
  if (error && writer_->is_spoilt()) writer_.reset();
  return error;
}

bool Spool::is_written_to(const SpoolSegment& segment) const {
  return writer_ && writer_->first() == segment.first;
}

std::optional<DiskError> Spool::save_position() {
  const auto place = position();
  if (saved_position_ == place) return std::nullopt;
  auto error = folder_.save_position(place);
  if (!error) saved_position_ = place;
  return count(std::move(error));
}

SpoolPlace Spool::position() const {
  if (!taken_.empty()) return taken_.front().header.place;
  if (!ready_.empty()) return ready_.front().header.place;
  return passed_;
}

std::optional<DiskError> Spool::count(std::optional<DiskError> error) {
  if (error) ++stats_.disk_errors;
  return error;
}

void Spool::note(SpoolFinding finding) {
  constexpr std::size_t kMost = 100;
  if (findings_.size() < kMost) findings_.push_back(std::move(finding));
}

}  // namespace proctally::plugins::graphite
