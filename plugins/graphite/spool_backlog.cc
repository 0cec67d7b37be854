#include "plugins/graphite/spool_backlog.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>
#include <variant>

namespace proctally::plugins::graphite {

SpoolBacklog::SpoolBacklog(const std::string& folder, const SpoolLimits& limits,
                           const QueueLimits& limits_in_memory, std::string name, const Log& log,
                           FileOps& ops)
    : name_(std::move(name)), log_(log), refused_(limits_in_memory) {
  auto opened = Spool::open(folder, limits, ops);
  if (opened.error) throw SpoolError(opened.error->message);
  spool_ = std::move(opened.spool);
  tell_findings(opened.findings);
  for (const auto& error : opened.errors) {
    log_.warning(fmt::format("{}: spool: {}", name_, error.message));
  }
  const auto& recovered = spool_->stats().pending;
  if (recovered.lines > 0) {
    log_.info(fmt::format("{}: {} lines of {} scans are still in the spool", name_, recovered.lines,
                          recovered.batches));
  }
}

void SpoolBacklog::push(BatchPtr batch, std::int64_t now_s) {
  pushed_ += BatchRest{.batch = batch}.tally();
  constexpr std::size_t kMostAtOnce = 10;
  refused_.push(std::move(batch), now_s);
  spool_refused(kMostAtOnce, now_s);
  save_position(now_s);
}

// In their order: what was refused before goes first.
void SpoolBacklog::spool_refused(std::size_t at_most, std::int64_t now_s) {
  for (; at_most > 0; --at_most) {
    const auto rest = refused_.take(now_s);
    if (!rest) return;
    // Of what was sent in part, the part that was not.
    const auto result = rest->first_byte == 0 ? spool_->append(*rest->batch, now_s)
                                              : spool_->append({.time_s = rest->batch->time_s,
                                                                .line_count = rest->line_count(),
                                                                .lines = std::string(rest->text())},
                                                               now_s);
    if (result.outcome == Spool::Appended::failed) {
      refused_.give_back({*rest}, now_s);
      tell(result.error, now_s);
      return;
    }
    tell(std::nullopt, now_s);
  }
}

void SpoolBacklog::end(std::int64_t now_s) { spool_refused(SIZE_MAX, now_s); }

std::optional<BatchRest> SpoolBacklog::take(std::int64_t now_s) {
  auto next = spool_->peek(now_s);
  tell_findings(spool_->take_findings());
  if (const auto* error = std::get_if<DiskError>(&next)) {
    tell(*error, now_s);
  } else if (auto& spooled = std::get<std::optional<Spool::SpooledBatch>>(next)) {
    spool_->take();
    taken_.push_back({.id = spooled->id, .rest = spooled->rest.tally()});
    taken_from_spool_ += spooled->rest.tally();
    return std::move(spooled->rest);
  }
  auto rest = refused_.take(now_s);
  if (rest) taken_.push_back({.id = std::nullopt, .rest = rest->tally()});
  return rest;
}

void SpoolBacklog::confirm(std::size_t batches, std::int64_t now_s) {
  for (; batches > 0 && !taken_.empty(); --batches) {
    const auto& [id, rest] = taken_.front();
    if (id) {
      taken_from_spool_ -= rest;
      if (auto error = spool_->confirm(*id)) tell(error, now_s);
    }
    taken_.pop_front();
    has_unsaved_ = true;
  }
  save_position(now_s);
}

void SpoolBacklog::give_back(const std::vector<BatchRest>& undelivered, std::int64_t now_s) {
  std::vector<BatchRest> from_memory;
  BatchRest first_of_spool;
  for (std::size_t i = 0; i < undelivered.size() && i < taken_.size(); ++i) {
    if (!taken_[i].id) {
      from_memory.push_back(undelivered[i]);
    } else if (i == 0) {  // No other can have arrived in part.
      first_of_spool = undelivered[i];
    }
  }
  taken_.clear();
  taken_from_spool_ = {};
  spool_->give_back(first_of_spool);
  refused_.give_back(from_memory, now_s);
}

bool SpoolBacklog::is_empty() const { return waiting().batches == 0; }

Tally SpoolBacklog::came() const { return spool_->stats().recovered + pushed_; }

Tally SpoolBacklog::waiting() const {
  return spool_->stats().pending - taken_from_spool_ + refused_.waiting();
}

std::size_t SpoolBacklog::waiting_bytes() const { return refused_.waiting_bytes(); }

DropCounts SpoolBacklog::dropped() const {
  auto sum = spool_->stats().dropped;
  const auto refused = refused_.dropped();
  for (const auto reason : kDropReasons) sum.add(reason, refused[reason]);
  return sum;
}

std::optional<std::int64_t> SpoolBacklog::oldest_time_s(std::int64_t now_s) {
  if (const auto oldest = spool_->oldest_time_s(now_s)) return oldest;
  return refused_.oldest_time_s(now_s);
}

std::optional<DiskCounts> SpoolBacklog::disk() const {
  return DiskCounts{.pending = spool_->stats().pending,
                    .file_bytes = spool_->stats().file_bytes,
                    .errors = spool_->stats().disk_errors};
}

// Once a second at most: what was delivered since is only sent twice where the process is killed.
void SpoolBacklog::save_position(std::int64_t now_s) {
  if (saved_s_ == now_s || !has_unsaved_) return;
  saved_s_ = now_s;
  has_unsaved_ = false;
  if (const auto error = spool_->save_position()) tell(error, now_s);
}

void SpoolBacklog::tell(const std::optional<DiskError>& error, std::int64_t now_s) {
  constexpr std::int64_t kQuietS = 60;
  if (error) {
    failed_s_ = now_s;
    if (std::exchange(is_told_failing_, true)) return;
    log_.warning(
        fmt::format("{}: spool: {}; what the disk refuses waits in memory", name_, error->message));
  } else if (is_told_failing_ && is_too_old(failed_s_, now_s, kQuietS)) {
    is_told_failing_ = false;
    log_.info(fmt::format("{}: spool: the disk takes everything again", name_));
  }
}

void SpoolBacklog::tell_findings(const std::vector<SpoolFinding>& findings) const {
  for (const auto& finding : findings) {
    log_.warning(fmt::format("{}: spool: {}", name_, to_string(finding)));
  }
}

}  // namespace proctally::plugins::graphite
