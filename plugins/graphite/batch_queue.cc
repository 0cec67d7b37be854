#include "plugins/graphite/batch_queue.h"

#include <utility>

namespace proctally::plugins::graphite {

void BatchQueue::push(BatchPtr batch, std::int64_t now_s) {
  BatchRest whole{.batch = std::move(batch)};
  came_ += whole.tally();
  if (whole.text().size() > limits_.max_bytes) {
    // All that waits would have to go for it, and it would still not fit.
    dropped_.add(DropReason::oversized, whole.tally());
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
  return rest;
}

void BatchQueue::give_back(const std::vector<BatchRest>& undelivered, std::int64_t now_s) {
  std::vector<BatchRest> accepted;
  for (const auto& rest : undelivered) {
    if (rest.text().empty()) continue;
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

std::optional<std::int64_t> BatchQueue::oldest_time_s(std::int64_t now_s) {
  drop_old(now_s);
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().batch->time_s;
}

void BatchQueue::add_size(const BatchRest& rest) {
  size_ += rest.tally();
  bytes_ += rest.text().size();
}

void BatchQueue::subtract_size(const BatchRest& rest) {
  size_ -= rest.tally();
  bytes_ -= rest.text().size();
}

void BatchQueue::drop_front(DropReason reason) {
  subtract_size(waiting_.front());
  dropped_.add(reason, waiting_.front().tally());
  waiting_.pop_front();
}

void BatchQueue::keep_limits(std::int64_t now_s) {
  drop_old(now_s);
  while (waiting_.size() > limits_.max_batches) drop_front(DropReason::too_many);
  while (bytes_ > limits_.max_bytes) drop_front(DropReason::too_large);
}

}  // namespace proctally::plugins::graphite
