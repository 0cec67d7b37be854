#include "plugins/graphite/sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plugins/graphite/first_lines.h"

namespace proctally::plugins::graphite {
namespace {

using boost::system::error_code;

// Between two looks at what the peer's kernel has.
constexpr std::chrono::milliseconds kArrivalInterval{100};
// In one write: a connection that is given up is given up between two of them, at a line's end.
constexpr std::size_t kMostBytesAtOnce = 16 * 1024;

}  // namespace

Sender::Sender(std::string name, Parts parts, Receipt receipt, const QueueLimits& limits)
    : name_(std::move(name)),
      parts_(std::move(parts)),
      receipt_(receipt),
      queue_(limits),
      backoff_(parts_.random),
      retry_timer_(parts_.context),
      arrival_timer_(parts_.context),
      stop_timer_(parts_.context) {}

Sender::~Sender() { close(); }

void Sender::push(BatchPtr batch) {
  if (stopped_ || state_ == State::stopped) return;
  queue_.push(std::move(batch), parts_.clock());
  proceed();
}

void Sender::stop(std::chrono::milliseconds deadline, std::function<void(Tally)> done) {
  stopped_ = std::move(done);
  stop_timer_.expires_after(deadline);
  stop_timer_.async_wait([this](const error_code& error) {
    if (!error) finish_stop();
  });
  proceed();
}

void Sender::proceed() {
  const bool has_work = !queue_.empty() || !in_flight_.empty() || writing_;
  switch (state_) {
    case State::down:
      if (has_work) {
        open();
      } else if (stopped_) {
        finish_stop();
      }
      break;
    case State::up:
      if (writing_) break;
      if (!queue_.empty()) {
        send_next();
      } else if ((receipt_ == Receipt::process && !in_flight_.empty()) || stopped_) {
        state_ = State::finishing;
        stream_->finish();
      }
      break;
    case State::waiting:
    case State::opening:
    case State::finishing:
    case State::stopped:
      break;
  }
}

void Sender::open() {
  state_ = State::opening;
  written_ = 0;
  stream_ = parts_.make_stream(
      {.opened = [this] { opened(); },
       .written = [this](std::size_t bytes) { written(bytes); },
       .ended = [this](Stream::End end, const std::string& why) { ended(end, why); }});
  stream_->open();
}

void Sender::opened() {
  state_ = State::up;
  ++stats_.connects;
  proceed();
}

void Sender::send_next() {
  writing_ = queue_.take(parts_.clock());
  if (!writing_) {  // All that waited had become too old.
    proceed();
    return;
  }
  written_of_batch_ = 0;
  in_flight_.add(*writing_);
  stream_->write(first_lines(writing_->text(), kMostBytesAtOnce));
  watch_arrival();
}

void Sender::written(std::size_t bytes) {
  written_ += bytes;
  written_of_batch_ += bytes;
  const auto rest = writing_->text().substr(written_of_batch_);
  if (rest.empty()) {
    writing_.reset();
    proceed();
  } else {
    stream_->write(first_lines(rest, kMostBytesAtOnce));
  }
}

void Sender::watch_arrival() {
  arrival_timer_.expires_after(kArrivalInterval);
  arrival_timer_.async_wait([this](const error_code& error) {
    if (error || stream_ == nullptr) return;
    note_arrival();
    if (!in_flight_.empty()) watch_arrival();
  });
}

void Sender::note_arrival() {
  if (receipt_ != Receipt::kernel) return;
  const auto unacknowledged = std::min<std::uint64_t>(stream_->unacknowledged(), written_);
  delivered(in_flight_.arrived(written_ - unacknowledged));
}

void Sender::delivered(const Tally& lines) {
  if (lines.lines == 0) return;
  stats_.delivered += lines;
  stats_.last_delivery_s = parts_.clock();
  backoff_.prove_success();
  if (is_told_down_) {
    is_told_down_ = false;
    parts_.log.info(fmt::format("{}: delivers again; {} lines wait", name_, queue_.size().lines));
  }
}

void Sender::ended(Stream::End end, const std::string& why) {
  const bool was_open = state_ == State::up || state_ == State::finishing;
  // Our half-close was answered by the peer's own: its process has read everything.
  const bool is_receipt = state_ == State::finishing && end == Stream::End::by_peer && !writing_ &&
                          written_ == in_flight_.end();
  std::uint64_t arrived = 0;
  if (is_receipt) {
    arrived = written_;
  } else if (was_open && receipt_ == Receipt::kernel) {
    arrived = written_ - std::min<std::uint64_t>(stream_->unacknowledged(), written_);
  }
  if (!was_open) ++stats_.failed_connects;
  delivered(in_flight_.arrived(arrived));
  const auto begun = in_flight_.size();
  const auto undelivered = in_flight_.take_back(arrived);
  Tally again{.batches = undelivered.size(), .lines = 0};
  for (const auto& rest : undelivered) again.lines += rest.line_count();
  delivered({.batches = 0, .lines = begun.lines - again.lines});  // Of the batch that was cut.
  queue_.give_back(undelivered, parts_.clock());
  stats_.resent += again;
  const bool is_loss = again.lines > 0;
  close();
  state_ = State::down;
  // A peer that ends an idle connection does no wrong: the next batch opens another.
  if (was_open && !is_loss) {
    proceed();
    return;
  }
  tell_down(why);
  wait_to_retry();
}

void Sender::wait_to_retry() {
  state_ = State::waiting;
  retry_timer_.expires_after(backoff_.next());
  retry_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    state_ = State::down;
    proceed();
  });
}

void Sender::tell_down(const std::string& why) {
  if (is_told_down_) return;
  is_told_down_ = true;
  parts_.log.warning(
      fmt::format("{}: {}; scans go on, {} lines wait", name_, why, queue_.size().lines));
}

void Sender::close() {
  if (stream_ != nullptr) stream_->close();
  stream_.reset();
  writing_.reset();
  arrival_timer_.cancel();
}

void Sender::finish_stop() {
  if (state_ == State::stopped) return;
  if (stream_ != nullptr) note_arrival();
  close();
  retry_timer_.cancel();
  stop_timer_.cancel();
  state_ = State::stopped;
  stopped_(queue_.size() + in_flight_.size());
}

}  // namespace proctally::plugins::graphite
