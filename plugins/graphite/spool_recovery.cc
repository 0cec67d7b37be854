#include "plugins/graphite/spool_recovery.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "plugins/graphite/spool_segment.h"

namespace proctally::plugins::graphite {
namespace {

using Kind = SpoolFinding::Kind;

class Recovery {
 public:
  explicit Recovery(const SpoolFolder& folder) : folder_(&folder) {}

  std::optional<DiskError> run() {
    auto saved = folder_->load_position();
    if (auto* error = std::get_if<DiskError>(&saved)) return std::move(*error);
    const auto& position = std::get<SpoolFolder::SavedPosition>(saved);
    if (position.is_damaged) {
      spool_.findings.push_back(
          {.kind = Kind::lost_place, .file = "position", .bytes = position.bytes});
    }
    auto listed = folder_->segments();
    if (auto* error = std::get_if<DiskError>(&listed)) return std::move(*error);
    auto& firsts = std::get<std::vector<SpoolPlace>>(listed);
    std::erase_if(firsts, [this](const SpoolPlace& first) { return is_foreign(first); });
    // Without a position all that is there is still to be sent.
    spool_.saved = position.place;
    spool_.begin = position.place.value_or(SpoolPlace{});
    spool_.end = spool_.begin;
    for (auto first = firsts.begin(); first != firsts.end(); ++first) {
      const auto next = std::next(first);
      read_segment(*first, next == firsts.end() ? nullptr : &*next);
    }
    return std::nullopt;
  }
  RecoveredSpool take() { return std::move(spool_); }

 private:
  /// Whether something else than a file has a segment's name: it must not end the one before.
  bool is_foreign(const SpoolPlace& first) {
    const auto opened = folder_->open_segment(first, O_RDONLY);
    const auto* error = std::get_if<DiskError>(&opened);
    if (error == nullptr || (error->code != EINVAL && error->code != ELOOP)) return false;
    spool_.findings.push_back({.kind = Kind::foreign, .file = segment_name(first)});
    return true;
  }

  /// What is missing between two places, as far as it was still to be sent.
  [[nodiscard]] Tally missing(const SpoolPlace& from, const SpoolPlace& to) const {
    const auto from_id = std::max(from.id, spool_.begin.id);
    const auto from_line = std::max(from.line, spool_.begin.line);
    if (to.id <= from_id) return {};
    return {.batches = to.id - from_id, .lines = to.line > from_line ? to.line - from_line : 0};
  }

  /// `next`: where the segment after this one begins, if there is one.
  void read_segment(const SpoolPlace& first, const SpoolPlace* next) {
    SpoolSegment segment{.first = first};
    SpoolFinding damage{.file = segment_name(first)};
    // Where the next record should stand.
    auto place = first;
    auto opened = folder_->open_segment(first, O_RDWR);
    bool is_torn = true;
    if (const auto* error = std::get_if<DiskError>(&opened)) {
      damage.detail = error->message;
      spool_.errors.push_back(*error);
      if (next == nullptr) place.id += 1;  // Its name is taken.
    } else {
      is_torn = read_records(std::get<UniqueFd>(opened).get(), next, segment, place, damage);
    }
    if (next != nullptr) {
      const auto gap = missing(place, *next);
      if (is_torn) {
        damage.lost += gap;
      } else if (gap.batches > 0) {
        // Whole files are missing. We remove those that are confirmed or dropped, which was counted
        // then, and a kill or a power cut may leave an older one behind.
        spool_.findings.push_back({.kind = Kind::gap, .file = damage.file, .lost = gap});
      }
      place = *next;
    }
    if (damage.bytes > 0 || damage.lost != Tally{} || !damage.detail.empty()) {
      spool_.findings.push_back(damage);
    }
    spool_.lost += damage.lost;
    if (place.id > spool_.end.id) spool_.end = place;
    if (segment.unread.batches > 0) {
      spool_.segments.emplace(first.id, segment);
    } else if (damage.detail.empty()) {
      if (auto error = folder_->remove_segment(first)) spool_.errors.push_back(std::move(*error));
    }
  }

  /// Whether the end of the file cannot be read.
  bool read_records(int fd, const SpoolPlace* next, SpoolSegment& segment, SpoolPlace& place,
                    SpoolFinding& damage) {
    struct stat status {};
    const auto looked = folder_->ops().status(fd, status);
    const auto size = looked < 0 ? 0 : static_cast<std::uint64_t>(status.st_size);
    const auto last_id = next == nullptr ? std::numeric_limits<std::uint64_t>::max() : next->id;
    SegmentWalk walk(folder_->ops(), fd);
    auto step = looked < 0 ? SegmentWalk::Step::failed : walk.next(size);
    for (; step == SegmentWalk::Step::record; step = walk.next(size)) {
      const auto& header = walk.header();
      // A failed append that could not be undone leaves a record behind whose place a later one
      // has.
      if (header.place.id < place.id || header.place.id >= last_id) continue;
      damage.lost += missing(place, header.place);
      if (header.place.id >= spool_.begin.id) segment.unread += header.tally();
      place = header.end();
    }
    segment.size = walk.end();
    damage.bytes = walk.skipped_bytes();
    const auto rest = size - walk.end();
    if (step == SegmentWalk::Step::failed) {
      const auto error =
          folder_->error(looked < 0 ? looked : -walk.error_code(), "read", damage.file);
      damage.detail = error.message;
      damage.bytes += rest;
      spool_.errors.push_back(error);
      // No record that may stand there can be taken for a later one.
      if (next == nullptr) place.id += rest / kRecordHeaderBytes + 1;
    } else if (next != nullptr) {
      damage.bytes += rest;
    } else if (rest > 0) {
      cut_tail(fd, walk.end(), rest, damage.file);
    }
    return step == SegmentWalk::Step::failed || rest > 0;
  }

  void cut_tail(int fd, std::uint64_t end, std::uint64_t bytes, const std::string& file) {
    spool_.findings.push_back({.kind = Kind::torn_tail, .file = file, .bytes = bytes});
    if (const auto result = folder_->ops().cut(fd, end); result < 0) {
      spool_.errors.push_back(folder_->error(result, "cut the torn end off", file));
    }
  }

  const SpoolFolder* folder_;
  RecoveredSpool spool_;
};

}  // namespace

std::string to_string(const SpoolFinding& finding) {
  const auto because = finding.detail.empty() ? "" : fmt::format(" ({})", finding.detail);
  switch (finding.kind) {
    case Kind::torn_tail:
      return fmt::format("{}: the last {} bytes were torn, and are cut off", finding.file,
                         finding.bytes);
    case Kind::damage:
      return fmt::format("{}: {} bytes cannot be read, {} batches with {} lines are lost{}",
                         finding.file, finding.bytes, finding.lost.batches, finding.lost.lines,
                         because);
    case Kind::gap:
      return fmt::format(
          "{}: {} batches with {} lines that followed are not there; they were delivered or "
          "dropped "
          "before, or somebody has removed their files",
          finding.file, finding.lost.batches, finding.lost.lines);
    case Kind::lost_place:
      return fmt::format(
          "{}: its {} bytes do not tell where delivery ended; all that is there is sent again",
          finding.file, finding.bytes);
    case Kind::foreign:
      return fmt::format("{}: has the name of a segment but is no file; left alone", finding.file);
  }
  return {};
}

std::variant<RecoveredSpool, DiskError> recover_spool(const SpoolFolder& folder) {
  Recovery recovery(folder);
  if (auto error = recovery.run()) return std::move(*error);
  return recovery.take();
}

}  // namespace proctally::plugins::graphite
