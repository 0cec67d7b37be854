// How batches come out of a spool: in their order, past what is damaged, until they are confirmed.
#include <algorithm>
#include <cerrno>

#include "plugins/graphite/spool.h"

namespace proctally::plugins::graphite {

std::variant<std::optional<Spool::SpooledBatch>, DiskError> Spool::peek(std::int64_t now_s) {
  for (;;) {
    if (auto error = drop_old(now_s)) return std::move(*error);
    if (ready_.empty()) return std::nullopt;
    if (front_) {
      const auto& entry = ready_.front();
      return SpooledBatch{
          .id = entry.header.place.id,
          .rest = {
              .batch = front_, .first_byte = entry.first_byte, .first_line = entry.first_line}};
    }
    if (auto error = read_front(now_s)) return std::move(*error);
  }
}

void Spool::take() {
  if (!front_) return;
  front_.reset();
  taken_.push_back(ready_.front());
  ready_.pop_front();
}

void Spool::give_back(const BatchRest& first) {
  front_.reset();
  if (!taken_.empty() && first.first_line > taken_.front().first_line) {
    auto& entry = taken_.front();
    const Tally arrived{.batches = 0, .lines = first.first_line - entry.first_line};
    stats_.confirmed += arrived;
    stats_.pending -= arrived;
    entry.first_byte = first.first_byte;
    entry.first_line = first.first_line;
  }
  ready_.insert(ready_.begin(), taken_.begin(), taken_.end());
  taken_.clear();
}

std::optional<DiskError> Spool::confirm(std::uint64_t id) {
  while (!taken_.empty() && taken_.front().header.place.id <= id) {
    stats_.confirmed += taken_.front().rest();
    release(taken_.front());
    taken_.pop_front();
  }
  return remove_finished();
}

std::optional<std::int64_t> Spool::oldest_time_s(std::int64_t now_s) {
  if (!taken_.empty()) return taken_.front().header.time_s;
  if (come_to_next(now_s) || ready_.empty()) return std::nullopt;
  return ready_.front().header.time_s;
}

std::optional<DiskError> Spool::come_to_next(std::int64_t now_s) {
  if (!ready_.empty()) return std::nullopt;
  for (auto& [id, segment] : segments_) {
    while (segment.unread.batches > 0) {
      SpoolEntry entry;
      const auto result = reader_.next(segment, entry);
      if (result == SpoolReader::Result::failed) {
        if (auto error = try_again_later(now_s)) return error;
        give_up_rest_of(segment, reader_.error().message);
      } else if (result == SpoolReader::Result::none) {
        give_up_rest_of(segment, "");
      } else if (entry.header.place.id >= passed_.id &&
                 entry.header.place.id < end_of(segment).id) {
        failing_since_s_.reset();
        segment.unread -= entry.header.tally();
        ++segment.held;
        passed_ = entry.header.end();
        ready_.push_back(entry);
        return std::nullopt;
      }
    }
  }
  return std::nullopt;
}

std::optional<DiskError> Spool::drop_old(std::int64_t now_s) {
  const auto pending = stats_.pending;
  for (;;) {
    if (auto error = come_to_next(now_s)) return error;
    if (ready_.empty() || !is_too_old(ready_.front().header.time_s, now_s, limits_.max_age_s)) {
      break;
    }
    drop_front(DropReason::too_old);
  }
  // Where a file cannot be removed now, a later call does it.
  if (stats_.pending != pending) (void)remove_finished();
  return std::nullopt;
}

std::optional<DiskError> Spool::read_front(std::int64_t now_s) {
  const auto& entry = ready_.front();
  const auto result = reader_.read(entry, front_);
  if (result == SpoolReader::Result::done) {
    failing_since_s_.reset();
    return std::nullopt;
  }
  const bool is_error = result == SpoolReader::Result::failed;
  if (is_error) {
    if (auto error = try_again_later(now_s)) return error;
  }
  note({.kind = SpoolFinding::Kind::damage,
        .file = segment_name(entry.segment),
        .bytes = entry.header.record_bytes(),
        .lost = entry.rest(),
        .detail = is_error ? reader_.error().message : ""});
  drop_front(DropReason::damaged);
  (void)remove_finished();
  return std::nullopt;
}

std::optional<DiskError> Spool::try_again_later(std::int64_t now_s) {
  constexpr std::int64_t kPatienceS = 60;
  auto error = count(reader_.error());
  const auto since = failing_since_s_.value_or(now_s);
  const auto code = error->code;
  // Gone, shorter than it was, or something else now: that will not pass.
  const bool is_gone = code == ENOENT || code == ENODATA || code == EINVAL || code == ELOOP;
  // Only these speak of the disk; want of memory or descriptors says nothing about the file.
  const bool is_of_disk = code == EIO || code == EUCLEAN || code == EBADMSG || code == ESTALE ||
                          code == ENXIO || code == ENODEV || code == EREMOTEIO;
  const bool is_broken = is_of_disk && is_too_old(since, now_s, kPatienceS);
  if (is_gone || is_broken) {
    failing_since_s_.reset();
    return std::nullopt;
  }
  failing_since_s_ = std::min(since, now_s);
  return error;
}

void Spool::give_up_rest_of(SpoolSegment& segment, const std::string& detail) {
  note({.kind = SpoolFinding::Kind::damage,
        .file = segment_name(segment.first),
        .bytes = reader_.unreadable_bytes(segment),
        .lost = segment.unread,
        .detail = detail});
  drop_unread(segment, DropReason::damaged);
}

void Spool::drop_unread(SpoolSegment& segment, DropReason reason) {
  stats_.dropped.add(reason, segment.unread);
  stats_.pending -= segment.unread;
  segment.unread = {};
  passed_ = end_of(segment);
}

void Spool::drop_oldest_file(DropReason reason) {
  if (!ready_.empty()) {
    const auto segment = ready_.front().segment;
    while (!ready_.empty() && ready_.front().segment == segment) drop_front(reason);
    if (!ready_.empty()) return;
    auto& rest = segments_.at(segment.id);
    if (rest.unread.batches > 0) drop_unread(rest, reason);
    return;
  }
  const auto oldest = std::ranges::find_if(
      segments_, [](const auto& segment) { return segment.second.unread.batches > 0; });
  if (oldest != segments_.end()) drop_unread(oldest->second, reason);
}

void Spool::drop_front(DropReason reason) {
  stats_.dropped.add(reason, ready_.front().rest());
  release(ready_.front());
  ready_.pop_front();
  front_.reset();
}

SpoolPlace Spool::end_of(const SpoolSegment& segment) const {
  const auto next = segments_.upper_bound(segment.first.id);
  return next == segments_.end() ? end_ : next->second.first;
}

void Spool::release(const SpoolEntry& entry) {
  stats_.pending -= entry.rest();
  --segments_.at(entry.segment.id).held;
}

std::optional<DiskError> Spool::remove_finished() {
  std::optional<DiskError> first_error;
  for (auto at = segments_.begin(); at != segments_.end();) {
    const auto& segment = at->second;
    if (segment.unread.batches > 0 || segment.held > 0 || is_written_to(segment)) {
      ++at;
      continue;
    }
    reader_.close(segment.first);
    if (auto error = count(folder_.remove_segment(segment.first))) {
      if (!first_error) first_error = std::move(error);
      ++at;
      continue;
    }
    stats_.file_bytes -= segment.size;
    at = segments_.erase(at);
  }
  return first_error;
}

}  // namespace proctally::plugins::graphite
