#include "plugins/graphite/sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plugins/graphite/first_lines.h"

namespace proctally::plugins::graphite {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

// Between two looks at what the peer's kernel has.
constexpr std::chrono::milliseconds kWatchInterval{100};
// In one write: a connection that is given up is given up between two of them, at a line's end.
constexpr std::size_t kMostBytesAtOnce = std::size_t{16} << 10U;
// As much as one receipt of the process is for: it bounds what is sent twice, and memory.
constexpr std::uint64_t kMostBytesAReceipt = std::uint64_t{1} << 20U;
constexpr std::chrono::seconds kForTheDisk{1};

}  // namespace

Sender::Sender(std::string name, Parts parts, const SenderSettings& settings)
    : name_(std::move(name)),
      parts_(std::move(parts)),
      settings_(settings),
      backoff_(parts_.random),
      pacer_(settings.replay_lines_per_second, settings.interval),
      state_log_(name_, parts_.log),
      retry_timer_(parts_.context),
      pace_timer_(parts_.context),
      watch_timer_(parts_.context),
      stop_timer_(parts_.context) {}

Sender::~Sender() { close(); }

void Sender::push(BatchPtr batch) {
  if (stopped_ || state_ == State::stopped) return;
  pacer_.came(batch->line_count);
  parts_.backlog->push(std::move(batch), parts_.clock());
  state_log_.remind(parts_.backlog->waiting().lines, steady_clock::now());
  if (settings_.delay.count() > 0 && !is_pacing_) wait_to_send(settings_.delay);
  proceed();
}

void Sender::stop(std::chrono::milliseconds deadline, std::function<void(Tally)> done) {
  stopped_ = std::move(done);
  stop_timer_.expires_after(deadline);
  stop_timer_.async_wait([this](const error_code& error) {
    if (!error) finish_stop();
  });
  // One more try at once.
  if (state_ == State::waiting) {
    retry_timer_.cancel();
    state_ = State::down;
  }
  is_pacing_ = false;
  pace_timer_.cancel();
  proceed();
}

void Sender::proceed() {
  const bool has_work = !parts_.backlog->is_empty() || !in_flight_.empty() || writing_;
  switch (state_) {
    case State::down:
      if (is_pacing_) break;
      if (has_work) {
        open();
      } else if (stopped_) {
        finish_stop();
      }
      break;
    case State::up:
      if (writing_ || is_pacing_) break;
      // What the peer's kernel has is kept in memory until it counts as delivered.
      if (in_flight_.bytes() >= settings_.max_in_flight_bytes && !stopped_) break;
      if (is_to_finish()) {
        finish();
      } else if (!parts_.backlog->is_empty()) {
        send_next();
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
  acknowledged_ = 0;
  settling_.emplace(settings_.keep_safe);
  stream_ = parts_.make_stream(
      {.opened = [this] { opened(); },
       .written = [this](std::size_t bytes) { written(bytes); },
       .ended = [this](Stream::End end, const std::string& why) { ended(end, why); }});
  stream_->open();
}

void Sender::opened() {
  state_ = State::up;
  ++stats_.connects;
  opened_at_ = steady_clock::now();
  progress_at_ = opened_at_;
  const auto most = std::min(settings_.max_connection_age, stream_->max_age());
  end_at_ = opened_at_ +
            std::chrono::duration_cast<steady_clock::duration>(most * (0.5 + parts_.random() / 2));
  proceed();
}

bool Sender::is_to_finish() const {
  if (parts_.backlog->is_empty()) {
    return stopped_ || (settings_.receipt == Receipt::process && !in_flight_.empty());
  }
  return (settings_.receipt == Receipt::process && in_flight_.end() >= kMostBytesAReceipt) ||
         steady_clock::now() >= end_at_;
}

void Sender::finish() {
  state_ = State::finishing;
  progress_at_ = steady_clock::now();
  watch();
  stream_->finish();
}

void Sender::send_next() {
  const auto now = steady_clock::now();
  if (const auto wait = pacer_.wait(now); wait > steady_clock::duration::zero() && !stopped_) {
    wait_to_send(wait);
    return;
  }
  writing_ = parts_.backlog->take(parts_.clock());
  if (!writing_) {
    // Where something waits all the same, the disk does not give it.
    if (!parts_.backlog->is_empty()) {
      wait_to_send(kForTheDisk);
    } else {  // It had become too old.
      proceed();
    }
    return;
  }
  pacer_.sent(writing_->line_count(), now);
  written_of_batch_ = 0;
  if (in_flight_.empty()) progress_at_ = now;
  in_flight_.add(*writing_);
  watch();
  stream_->write(first_lines(writing_->text(), kMostBytesAtOnce));
}

void Sender::wait_to_send(steady_clock::duration time) {
  is_pacing_ = true;
  pace_timer_.expires_after(time);
  pace_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    is_pacing_ = false;
    proceed();
  });
}

void Sender::written(std::size_t bytes) {
  const auto text = writing_->text();
  stats_.sent_lines +=
      static_cast<std::uint64_t>(std::ranges::count(text.substr(written_of_batch_, bytes), '\n'));
  written_ += bytes;
  written_of_batch_ += bytes;
  const auto rest = text.substr(written_of_batch_);
  if (rest.empty()) {
    writing_.reset();
    proceed();
  } else {
    stream_->write(first_lines(rest, kMostBytesAtOnce));
  }
}

// As long as something is on its way.
void Sender::watch() {
  watch_timer_.expires_after(kWatchInterval);
  watch_timer_.async_wait([this](const error_code& error) {
    if (error || stream_ == nullptr) return;
    note_progress();
    if (stream_ != nullptr && (!in_flight_.empty() || state_ == State::finishing)) watch();
  });
}

void Sender::note_progress() {
  const auto now = steady_clock::now();
  const auto acknowledged_now = acknowledged();
  if (acknowledged_now > acknowledged_) progress_at_ = now;
  if (settings_.receipt == Receipt::kernel) {
    if (acknowledged_now > acknowledged_ && stream_->has_acknowledgements()) {
      state_log_.works(parts_.backlog->waiting().lines);
    }
    arrived(settling_->settled(acknowledged_now, now));
  }
  acknowledged_ = acknowledged_now;
  judge(now);
  proceed();
}

// Whether the peer is to be called stalled, or to be given up.
void Sender::judge(SteadyTime now) {
  const bool is_read = acknowledged_ == in_flight_.end();
  if (is_read && state_ != State::finishing) progress_at_ = now;
  const auto waited = now - progress_at_;
  if (is_read && settings_.receipt == Receipt::kernel) {
    // It has all, and only does not end its side, which was no question of a receipt. It is left
    // once everything is settled; at a stop there is no time for that.
    if (waited >= settings_.close_after && (in_flight_.empty() || stopped_)) {
      ended(Stream::End::by_peer, "the peer did not end its side");
    }
    return;
  }
  const char* why = is_read ? "the peer does not end its side after ours, as --confirm needs"
                            : "the peer does not read";
  if (waited >= settings_.give_up_after) {
    ended(Stream::End::broken, why);
  } else if (waited >= settings_.stalled_after) {
    tell_trouble(StateLog::State::stalled, why);
  }
}

std::uint64_t Sender::acknowledged() const {
  return written_ - std::min<std::uint64_t>(stream_->unacknowledged(), written_);
}

void Sender::arrived(std::uint64_t bytes) {
  const auto whole = in_flight_.arrived(bytes);
  if (whole.batches > 0) {
    parts_.backlog->confirm(static_cast<std::size_t>(whole.batches), parts_.clock());
  }
  delivered(whole);
}

void Sender::delivered(const Tally& lines) {
  if (lines.lines == 0) return;
  stats_.delivered += lines;
  stats_.last_delivery_s = parts_.clock();
  const bool is_proven =
      settings_.receipt == Receipt::process || steady_clock::now() - opened_at_ >= kProvenAge;
  if (is_proven) backoff_.prove_success();
  // A host says only after some datagrams that nobody listens.
  if (is_proven || stream_->has_acknowledgements()) {
    state_log_.works(parts_.backlog->waiting().lines);
  }
}

void Sender::ended(Stream::End end, const std::string& why) {
  const bool was_open = state_ == State::up || state_ == State::finishing;
  // Where the peer has ended its side after ours its process has read everything. So it has, by its
  // kernel's word, where it ended first and has acknowledged all: with bytes unread, or to come,
  // that would have been a reset (RFC 2525, 2.17).
  const bool has_read = end == Stream::End::by_peer &&
                        (state_ == State::finishing ||
                         (settings_.receipt == Receipt::kernel && stream_->unacknowledged() == 0));
  std::uint64_t bytes = 0;
  if (has_read) {
    bytes = written_;
  } else if (was_open && end != Stream::End::foreign && settings_.receipt == Receipt::kernel) {
    bytes = settling_->settled(acknowledged(), steady_clock::now());
  }
  if (!was_open) ++stats_.failed_connects;
  if (was_open && end != Stream::End::by_peer) ++stats_.breaks;
  const auto again = take_back(bytes);
  stats_.resent += again;
  close();
  state_ = State::down;
  // A peer that ends an idle connection does no wrong: the next batch opens another.
  if (was_open && end == Stream::End::by_peer && again.lines == 0) {
    proceed();
    return;
  }
  tell_trouble(StateLog::State::down, why);
  wait_to_retry();
}

// Ends what is in flight, of which the first `bytes` have arrived; gives what has not, which waits
// again.
Tally Sender::take_back(std::uint64_t bytes) {
  arrived(bytes);
  const auto begun = in_flight_.size();
  const auto undelivered = in_flight_.take_back(bytes);
  Tally again{.batches = undelivered.size(), .lines = 0};
  for (const auto& rest : undelivered) again.lines += rest.line_count();
  delivered({.batches = 0, .lines = begun.lines - again.lines});  // Of the batch that was cut.
  if (!undelivered.empty()) parts_.backlog->give_back(undelivered, parts_.clock());
  return again;
}

void Sender::wait_to_retry() {
  state_ = State::waiting;
  retry_timer_.expires_after(backoff_.next());
  retry_timer_.async_wait([this](const error_code& error) {
    if (error || state_ != State::waiting) return;
    state_ = State::down;
    proceed();
  });
}

void Sender::tell_trouble(StateLog::State state, const std::string& why) {
  state_log_.trouble(state, why, parts_.backlog->waiting().lines + in_flight_.size().lines,
                     steady_clock::now());
}

void Sender::close() {
  if (stream_ != nullptr) {
    if (writing_) stream_->complete_line(rest_of_line());
    stream_->close();
  }
  stream_.reset();
  writing_.reset();
  watch_timer_.cancel();
}

// Of what is being written, where the kernel has taken a line in part; else nothing.
std::string_view Sender::rest_of_line() const {
  const auto text = writing_->text();
  if (written_of_batch_ == 0 || text[written_of_batch_ - 1] == '\n') return {};
  const auto rest = text.substr(written_of_batch_);
  return rest.substr(0, rest.find('\n') + 1);
}

void Sender::finish_stop() {
  if (state_ == State::stopped) return;
  std::uint64_t bytes = 0;
  if (stream_ != nullptr && settings_.receipt == Receipt::kernel) {
    bytes = settling_->settled(acknowledged(), steady_clock::now());
  }
  (void)take_back(bytes);
  close();
  parts_.backlog->end(parts_.clock());
  pace_timer_.cancel();
  retry_timer_.cancel();
  stop_timer_.cancel();
  state_ = State::stopped;
  stopped_(parts_.backlog->waiting());
}

}  // namespace proctally::plugins::graphite
