#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "formats/graphite_names.h"
#include "plugins/common/formatter.h"
#include "plugins/common/log.h"
#include "plugins/common/scanner.h"
#include "plugins/graphite/batch.h"
#include "plugins/graphite/destinations.h"
#include "plugins/graphite/graphite_options.h"
#include "plugins/graphite/schedule.h"

namespace proctally::plugins::graphite {

/// The life of proctally-graphite: scans at each tick, and gives the lines to the destinations; or
/// prints them, in a dry run. SIGTERM and SIGINT end it, after what waits was sent, and a second
/// one at once; SIGHUP reads the settings and the certificates again; SIGUSR1 logs the counters.
/// One thread, one io_context.
class Pusher {
 public:
  struct Parts {
    boost::asio::io_context& context;
    Scanner& scanner;
    const Log& log;
    formats::GraphiteNames names;
    Formatter format;  ///< Of a dry run that prints something else than lines; otherwise none.
  };

  /// `options` and what `parts` refers to outlive it. Throws TlsFileError and SpoolError.
  Pusher(const GraphiteOptions& options, Parts parts);

  /// Returns when a signal ended it.
  void run();
  /// Sends one batch, of a scan that is made now. Whether it was delivered.
  [[nodiscard]] bool push_once();

 private:
  void wait_for_tick();
  void tick();
  [[nodiscard]] bool is_clock_set(std::int64_t time_s);
  void print(const Snapshot& snapshot, std::int64_t time_s) const;
  /// All lines of one scan: the groups', proctally's own, and those of the destinations.
  [[nodiscard]] BatchPtr make_batch(const Snapshot& snapshot, std::int64_t time_s) const;
  void wait_for_signal();
  void reload();
  void watch();
  void stop();

  enum class State : std::uint8_t { running, stopping };

  const GraphiteOptions& options_;
  Parts parts_;
  std::unique_ptr<Destinations> destinations_;  ///< None in a dry run.

  Schedule schedule_;
  boost::asio::steady_timer tick_timer_;
  boost::asio::steady_timer watch_timer_;
  boost::asio::signal_set signals_;
  State state_ = State::running;
  std::uint64_t ticks_skipped_ = 0;
  std::uint64_t undelivered_lines_ = 0;  ///< When it is stopped.
  bool is_told_unset_clock_ = false;
};

}  // namespace proctally::plugins::graphite
