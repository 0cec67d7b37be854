#include "plugins/graphite/batch_queue.h"

#include <algorithm>
#include <utility>

namespace proctally::plugins::graphite {
namespace {

Tally tally_of(const BatchRest& rest) { return {.batches = 1, .lines = rest.line_count()}; }

}  // namespace

BatchRest BatchRest::after(std::size_t bytes) const {
  const auto arrived = text().substr(0, bytes);
  const auto last_newline = arrived.rfind('\n');
  if (last_newline == std::string_view::npos) return *this;
  const auto whole_lines = arrived.substr(0, last_newline + 1);
  const auto count = static_cast<std::size_t>(std::ranges::count(whole_lines, '\n'));
  return {.batch = batch,
          .first_byte = first_byte + whole_lines.size(),
          .first_line = std::min(first_line + count, batch->line_count)};
}

void BatchQueue::push(BatchPtr batch, std::int64_t now_s) {
  BatchRest whole{.batch = std::move(batch)};
  counts_.pushed += tally_of(whole);
  if (whole.text().size() > limits_.max_bytes) {
    // All that waits would have to go for it, and it would still not fit.
    counts_.dropped.add(DropReason::oversized, tally_of(whole));
  } else {
    add_size(whole);
    waiting_.push_back(std::move(whole));
  }
  keep_limits(now_s);
}

std::optional<BatchRest> BatchQueue::take(std::int64_t now_s) {
  drop_old(now_s);
  if (waiting_.empty()) return std::nullopt;
  auto rest = std::move(waiting_.front());
  waiting_.pop_front();
  subtract_size(rest);
  counts_.taken += tally_of(rest);
  return rest;
}

void BatchQueue::give_back(const std::vector<BatchRest>& undelivered, std::int64_t now_s) {
  std::vector<BatchRest> accepted;
  for (const auto& rest : undelivered) {
    if (rest.text().empty()) continue;
    counts_.given_back += tally_of(rest);
    if (rest.text().size() > limits_.max_bytes) {  // They were lowered while it was away.
      counts_.dropped.add(DropReason::oversized, tally_of(rest));
      continue;
    }
    add_size(rest);
    accepted.push_back(rest);
  }
  waiting_.insert(waiting_.begin(), accepted.begin(), accepted.end());
  keep_limits(now_s);
}

void BatchQueue::drop_old(std::int64_t now_s) {
  while (!waiting_.empty() &&
         is_too_old(waiting_.front().batch->time_s, now_s, limits_.max_age_s)) {
    drop_front(DropReason::too_old);
  }
}

void BatchQueue::set_limits(const QueueLimits& limits, std::int64_t now_s) {
  limits_ = limits;
  // Where one is too large by itself, all before it would be dropped in vain.
  std::erase_if(waiting_, [this](const BatchRest& rest) {
    if (rest.text().size() <= limits_.max_bytes) return false;
    subtract_size(rest);
    counts_.dropped.add(DropReason::oversized, tally_of(rest));
    return true;
  });
  keep_limits(now_s);
}

std::optional<std::int64_t> BatchQueue::oldest_time_s() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().batch->time_s;
}

void BatchQueue::add_size(const BatchRest& rest) {
  size_ += tally_of(rest);
  bytes_ += rest.text().size();
}

void BatchQueue::subtract_size(const BatchRest& rest) {
  size_ -= tally_of(rest);
  bytes_ -= rest.text().size();
}

void BatchQueue::drop_front(DropReason reason) {
  subtract_size(waiting_.front());
  counts_.dropped.add(reason, tally_of(waiting_.front()));
  waiting_.pop_front();
}

void BatchQueue::keep_limits(std::int64_t now_s) {
  drop_old(now_s);
  while (waiting_.size() > limits_.max_batches) drop_front(DropReason::too_many);
  while (bytes_ > limits_.max_bytes) drop_front(DropReason::too_large);
}

}  // namespace proctally::plugins::graphite
