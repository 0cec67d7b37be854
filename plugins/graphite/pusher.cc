#include "plugins/graphite/pusher.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <thread>
#include <utility>

#include "core/settings.h"
#include "formats/graphite.h"
#include "plugins/common/host.h"
#include "plugins/common/settings_loader.h"
#include "plugins/common/standard_streams.h"
#include "plugins/graphite/systemd_notify.h"

namespace proctally::plugins::graphite {
namespace {

using boost::system::error_code;

constexpr std::int64_t kSecondNs = 1'000'000'000;

std::int64_t wall_ns() { return read_clock(CLOCK_REALTIME); }

}  // namespace

Pusher::Pusher(const GraphiteOptions& options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      schedule_(options.interval, wall_ns(), read_clock(CLOCK_MONOTONIC)),
      tick_timer_(parts_.context),
      watch_timer_(parts_.context),
      signals_(parts_.context) {
  if (options.action == Action::run) {
    signals_.add(SIGHUP);
    // What prints may wait for who reads it: it just ends.
    if (!options.dry_run) {
      for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) signals_.add(signal);
    }
    wait_for_signal();
  }
  if (!options.dry_run) {
    destinations_ = std::make_unique<Destinations>(options, parts_.context, parts_.log);
  }
}

void Pusher::run() {
  // The first tick has something to compare with.
  parts_.scanner.scan(0, 0);
  schedule_ = Schedule(options_.interval, wall_ns(), read_clock(CLOCK_MONOTONIC));
  if (destinations_) destinations_->start();
  wait_for_tick();
  watch();
  notify_ready();
  parts_.log.info(fmt::format("scans every {} s{}", options_.interval.count(),
                              destinations_ ? "" : "; a dry run sends nothing"));
  parts_.context.run();
  destinations_.reset();  // What a spool has to write down at its end.
}

bool Pusher::push_once() {
  const auto* snapshot = &parts_.scanner.scan(0, 0);
  if (options_.interval_given) {
    std::this_thread::sleep_for(options_.interval);
    snapshot = &parts_.scanner.scan(0, 0);
  }
  const auto time_s = snapshot->wall_ns / kSecondNs;
  if (!destinations_) {
    print(*snapshot, time_s);
    return true;
  }
  destinations_->push(make_batch(*snapshot, time_s));
  stop();
  parts_.context.run();
  destinations_.reset();
  return undelivered_lines_ == 0;
}

void Pusher::wait_for_tick() {
  // Not long at a time: neither a clock that is set nor a host that sleeps wakes the timer.
  constexpr std::chrono::nanoseconds kMost = std::chrono::minutes(1);
  tick_timer_.expires_after(std::min(schedule_.wait(wall_ns()), kMost));
  tick_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    if (schedule_.wait(wall_ns()).count() <= 0) tick();
    wait_for_tick();
  });
}

void Pusher::tick() {
  const auto began_ns = wall_ns();
  const auto [time_s, skipped, was_set_back] =
      schedule_.take(began_ns, read_clock(CLOCK_MONOTONIC));
  if (was_set_back) {
    parts_.log.warning(
        "the clock was set back: lines have time stamps that were there before, and take the place "
        "of older ones");
  }
  ticks_skipped_ += skipped;
  const auto& snapshot =
      parts_.scanner.scan(ticks_skipped_, destinations_ ? destinations_->batches_dropped() : 0);
  if (!destinations_) {
    print(snapshot, time_s);
  } else if (is_clock_set(time_s)) {
    notify_status(destinations_->status());
    destinations_->push(make_batch(snapshot, time_s));
  }
  parts_.log.debug(fmt::format("tick {}: the scan began {:.3f} ms after it, all took {:.3f} ms",
                               time_s, static_cast<double>(began_ns - time_s * kSecondNs) / 1e6,
                               static_cast<double>(wall_ns() - began_ns) / 1e6));
}

bool Pusher::is_clock_set(std::int64_t time_s) {
  constexpr std::int64_t kFirstOf2020 = 1'577'836'800;
  if (time_s >= kFirstOf2020) {
    is_told_unset_clock_ = false;
    return true;
  }
  if (!std::exchange(is_told_unset_clock_, true)) {
    parts_.log.warning("the clock is not set: it is before 2020. Nothing is sent until it is");
  }
  return false;
}

void Pusher::print(const Snapshot& snapshot, std::int64_t time_s) const {
  std::string text;
  if (parts_.format) {
    parts_.format(snapshot, text);
  } else {
    formats::append_graphite(snapshot, parts_.names, time_s, text);
  }
  plugins::print(text);
}

BatchPtr Pusher::make_batch(const Snapshot& snapshot, std::int64_t time_s) const {
  Batch batch{.time_s = time_s};
  formats::append_graphite(snapshot, parts_.names, time_s, batch.lines);
  destinations_->append_own_lines(parts_.names, time_s, batch.lines);
  batch.line_count = static_cast<std::size_t>(std::ranges::count(batch.lines, '\n'));
  return std::make_shared<const Batch>(std::move(batch));
}

void Pusher::wait_for_signal() {
  signals_.async_wait([this](const error_code& error, int signal) {
    if (error) return;
    switch (signal) {
      case SIGHUP:
        reload();
        break;
      case SIGUSR1:
        destinations_->log_counts(LogLevel::info);
        break;
      default:
        if (state_ == State::running) {
          tick_timer_.cancel();
          notify_stopping(options_.stop_timeout);
          stop();
        } else {
          parts_.log.warning(
              fmt::format("a second signal ends it at once: {}", destinations_->status()));
          parts_.context.stop();
          return;
        }
    }
    wait_for_signal();
  });
}

void Pusher::reload() {
  notify_reloading();
  try {
    const auto settings = load(options_.config, options_.format, parts_.log);
    if (destinations_) destinations_->reload();
    parts_.scanner.reconfigure(settings);
    parts_.log.info("the settings are read again; what waits goes on waiting");
  } catch (const SettingsError& error) {
    for (const auto& problem : error.problems()) parts_.log.error(problem);
    parts_.log.error("the settings stay as they were");
  } catch (const TlsFileError& error) {
    parts_.log.error(error.what());
    parts_.log.error("the settings and certificates stay as they were");
  }
  notify_ready();
}

void Pusher::watch() {
  const auto interval = watch_interval();
  if (!interval) return;
  notify_alive();
  watch_timer_.expires_after(*interval);
  watch_timer_.async_wait([this](const error_code& error) {
    if (!error) watch();
  });
}

void Pusher::stop() {
  state_ = State::stopping;
  destinations_->stop(options_.stop_timeout, [this](std::uint64_t lines) {
    undelivered_lines_ = lines;
    destinations_->log_counts(options_.action == Action::once ? LogLevel::debug : LogLevel::info);
    // Whatever else waits, such as for a name server, is of no use any more.
    parts_.context.stop();
  });
}

}  // namespace proctally::plugins::graphite
