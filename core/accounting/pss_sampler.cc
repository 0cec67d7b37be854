#include "core/accounting/pss_sampler.h"

#include <algorithm>

namespace proctally::accounting {
namespace {

constexpr std::int64_t kMinuteNs = 60'000'000'000;
// One that took too long is left alone for that time, for twice of it after the next time.
constexpr std::int64_t kFirstBackoffNs = 10 * kMinuteNs;
constexpr std::int64_t kLongestBackoffNs = kMinuteNs * 24 * 60;
// One that cannot be read: refusals may be recorded in an audit log.
constexpr std::int64_t kRetryNs = kMinuteNs;
// Of smaller ones most of the time is not for their pages.
constexpr std::uint64_t kLeastBytesToLearn = 16U << 20U;
// The rate follows slower readings at once, faster ones by an eighth.
constexpr double kLearning = 1.0 / 8;
constexpr std::uint64_t kTurns = 4;
// No reading takes less: more requests would never be reached.
constexpr std::int64_t kLeastReadingNs = 5'000;
constexpr std::uint64_t kKibibyte = 1024;

std::uint64_t size_of(const Process& process) { return process.rss_bytes + process.swap_bytes; }

std::uint64_t difference(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

}  // namespace

void PssSampler::run(std::int64_t now_ns) {
  if (reader_ == nullptr) return;
  answers_.clear();
  reader_->collect(answers_);
  for (const auto& answer : answers_) take(answer, now_ns);
  skipped_ = 0;
  awaited_ = 0;
  candidates_.clear();
  for (auto& process : table_) {
    if (process.group != kNoGroup && has_memory(process)) consider(process, now_ns);
  }
  order();
  reader_->request(requests_, limits_.budget_ns);
}

void PssSampler::take(const PssAnswer& answer, std::int64_t now_ns) {
  ++turn_;
  learn(answer);
  const auto& request = answer.request;
  auto* process = table_.find(request.pid);
  if (process == nullptr || process->starttime_ticks != request.starttime_ticks) return;
  if (!process->pss) process->pss = std::make_unique<PssRecord>();
  auto& record = *process->pss;
  if (!answer.took_ns || *answer.took_ns > limits_.deadline_ns) {
    record.backoff_ns = std::clamp(2 * record.backoff_ns, kFirstBackoffNs, kLongestBackoffNs);
    record.not_before_ns = now_ns + record.backoff_ns;
    record.state = PssState::slow;
    return;
  }
  stats_.count(answer.status);
  if (answer.status != ReadStatus::ok) {
    record.not_before_ns = now_ns + kRetryNs;
    // It has no memory while it ends: a zombie in the next scan, or gone.
    if (answer.status != ReadStatus::vanished) record.state = PssState::unreadable;
    return;
  }
  record = {.state = PssState::known,
            .pss_bytes = answer.rollup.pss_kilobytes * kKibibyte,
            .swap_pss_bytes = answer.rollup.swap_pss_kilobytes * kKibibyte,
            .size_bytes = request.size_bytes,
            .read_ns = request.asked_ns,
            .took_ns = *answer.took_ns};
}

void PssSampler::learn(const PssAnswer& answer) {
  const auto size_bytes = answer.request.size_bytes;
  if (answer.status != ReadStatus::ok || !answer.took_ns || size_bytes < kLeastBytesToLearn) return;
  const auto rate = static_cast<double>(*answer.took_ns) / static_cast<double>(size_bytes);
  ns_per_byte_ = rate > ns_per_byte_ ? rate : ns_per_byte_ + kLearning * (rate - ns_per_byte_);
}

// Huge pages make a process far quicker to read than others of its size: then it was so before.
double PssSampler::foretell_ns(const PssRecord& record, std::uint64_t size_bytes) const {
  const auto size = static_cast<double>(size_bytes);
  const auto as_others = size * ns_per_byte_;
  if (record.state != PssState::known || record.size_bytes == 0) return as_others;
  const auto own_rate =
      static_cast<double>(record.took_ns) / static_cast<double>(record.size_bytes);
  return std::min(as_others, size * own_rate);
}

void PssSampler::consider(Process& process, std::int64_t now_ns) {
  if (!process.pss) process.pss = std::make_unique<PssRecord>();
  auto& record = *process.pss;
  const auto size_bytes = size_of(process);
  if (foretell_ns(record, size_bytes) > static_cast<double>(limits_.deadline_ns)) {
    record.state = PssState::slow;
    ++skipped_;
    return;
  }
  if (now_ns < record.not_before_ns) {
    if (record.state == PssState::slow) ++skipped_;
    return;
  }
  const bool is_known = record.state == PssState::known;
  if (!is_known) ++awaited_;
  candidates_.push_back({.request = {.pid = process.pid,
                                     .starttime_ticks = process.starttime_ticks,
                                     .asked_ns = now_ns,
                                     .size_bytes = size_bytes},
                         .is_known = is_known,
                         .change_bytes = difference(size_bytes, record.size_bytes),
                         .read_ns = record.read_ns});
}

bool PssSampler::is_more_urgent(const Candidate* a, const Candidate* b) {
  if (a->is_known != b->is_known) return b->is_known;
  if (a->is_known && a->change_bytes != b->change_bytes) return a->change_bytes > b->change_bytes;
  if (a->is_known && a->read_ns != b->read_ns) return a->read_ns < b->read_ns;
  if (a->request.starttime_ticks != b->request.starttime_ticks) {
    return a->request.starttime_ticks < b->request.starttime_ticks;
  }
  return a->request.pid < b->request.pid;
}

bool PssSampler::is_older(const Candidate* a, const Candidate* b) {
  if (a->is_known != b->is_known) return a->is_known;
  if (a->is_known && a->read_ns != b->read_ns) return a->read_ns < b->read_ns;
  return is_more_urgent(a, b);
}

// Never read ones first, then those that changed most; each fourth reading is the oldest one's, so
// that nobody waits for ever.
void PssSampler::order() {
  by_urgency_.clear();
  for (auto& candidate : candidates_) by_urgency_.push_back(&candidate);
  by_age_ = by_urgency_;
  const auto count = std::min<std::size_t>(
      candidates_.size(), static_cast<std::size_t>(limits_.budget_ns / kLeastReadingNs) + 1);
  const auto sort_first = [count](std::vector<Candidate*>& list, auto* is_before) {
    std::partial_sort(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(count), list.end(),
                      is_before);
  };
  sort_first(by_urgency_, is_more_urgent);
  sort_first(by_age_, is_older);
  requests_.clear();
  auto urgent = by_urgency_.begin();
  auto old = by_age_.begin();
  while (requests_.size() < count) {
    auto& next = (turn_ + requests_.size()) % kTurns == kTurns - 1 ? old : urgent;
    auto& candidate = **next++;
    if (candidate.is_taken) continue;
    candidate.is_taken = true;
    requests_.push_back(candidate.request);
  }
}

}  // namespace proctally::accounting
