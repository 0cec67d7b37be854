#include "plugins/exec/event_loop.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "core/duration.h"
#include "plugins/exec/signals.h"

namespace proctally::plugins {
namespace {

// Telegraf sends SIGTERM five seconds after end of file.
constexpr int kDrainMs = 2000;

}  // namespace

EventLoop::EventLoop(const ExecOptions& options, const Settings& settings, Scanner& scanner,
                     const Log& log)
    : options_(options),
      scanner_(scanner),
      log_(log),
      text_(options, settings, scanner, log),
      writer_(STDOUT_FILENO),
      signals_(open_signals()) {}

void EventLoop::run() {
  serve();
  if (writer_.error() != 0) {
    throw std::system_error(writer_.error(), std::generic_category(), "stdout");
  }
}

void EventLoop::serve() {
  // The first tick has something to compare with.
  scanner_.scan(0, 0);
  if (options_.has_timer) timer_.start(options_.interval_ns);
  if (::isatty(STDERR_FILENO) != 0) {
    log_.info(options_.has_timer ? fmt::format("the first batch comes in {}; Ctrl-C ends",
                                               format_duration(options_.interval_ns))
                                 : "a batch comes for each newline on stdin; Ctrl-C ends");
  }
  while (!is_ending_) {
    const bool is_pending = writer_.state() == BatchWriter::State::pending;
    // A negative descriptor is left out by poll().
    std::array<pollfd, 4> events = {
        {{STDIN_FILENO, POLLIN, 0},
         {signals_.get(), POLLIN, 0},
         {timer_.fd(), POLLIN, 0},
         {writer_.fd(), static_cast<short>(is_pending ? POLLOUT : 0), 0}}};
    if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR) break;
    // Nobody reads any more; a socket says POLLHUP then.
    if ((events[3].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return;
    if (events[3].revents != 0) writer_.flush();
    if (events[0].revents != 0) read_stdin();
    if (events[1].revents != 0) read_signals();
    if (events[2].revents != 0) read_timer();
    if (writer_.state() == BatchWriter::State::closed) return;
  }
  // On its own timer, what was done since the last tick would otherwise go unreported.
  if (timer_.is_running()) tick();
  writer_.drain(kDrainMs);
}

void EventLoop::read_stdin() {
  std::array<char, 65536> bytes{};
  const auto size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  if (size < 0) {
    if (errno != EINTR && errno != EAGAIN) is_ending_ = true;
    return;
  }
  if (size == 0) {
    is_ending_ = true;
    return;
  }
  const auto newlines = std::count(bytes.begin(), bytes.begin() + size, '\n');
  if (newlines > 0) tick_from_outside(static_cast<std::uint64_t>(newlines));
}

void EventLoop::read_signals() {
  const auto requests = plugins::read_signals(signals_.get());
  if (requests.reload) text_.reload();
  if (requests.end) is_ending_ = true;
  if (requests.ticks > 0) tick_from_outside(requests.ticks);
}

void EventLoop::read_timer() {
  const auto expirations = timer_.take_expirations();
  if (expirations == 0) return;
  ticks_skipped_ += expirations - 1;
  tick();
}

void EventLoop::tick_from_outside(std::uint64_t count) {
  timer_.stop();
  ticks_skipped_ += count - 1;
  tick();
}

void EventLoop::tick() {
  batch_.clear();
  text_.append(ticks_skipped_, writer_.dropped(), batch_);
  writer_.submit(batch_);
  // Said once when it begins and once when it is over.
  if (writer_.dropped() > reported_drops_ && !is_slow_) {
    log_.warning("stdout is read too slowly: whole batches are dropped");
    is_slow_ = true;
  }
  // The batch that was dropped last may be followed by one that is written at once.
  if (is_slow_ && writer_.state() == BatchWriter::State::idle) {
    log_.info(fmt::format("stdout is read again; batches dropped so far: {}", writer_.dropped()));
    is_slow_ = false;
  }
  reported_drops_ = writer_.dropped();
}

}  // namespace proctally::plugins
