#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "plugins/common/log.h"
#include "plugins/common/scanner.h"
#include "plugins/exec/exec_options.h"
#include "plugins/exec/http_server.h"
#include "plugins/exec/scan_text.h"

namespace proctally::plugins {

/// The life of proctally-exec --listen: a scrape is a scan, where the last one is at least
/// --interval old, and gets the text of the last one otherwise. Where nobody asks it scans each
/// minute. SIGUSR1 and SIGUSR2 are scans, SIGHUP reads the settings again, SIGTERM and SIGINT end
/// it. One thread, one io_context.
class ListenLoop {
 public:
  /// Listens already. All but the settings outlive the loop. Throws std::runtime_error where it
  /// cannot listen.
  ListenLoop(const ExecOptions& options, const Settings& settings, Scanner& scanner,
             const Log& log);

  /// Returns when a signal ended it.
  void run();

 private:
  [[nodiscard]] std::unique_ptr<HttpServer> make_server();
  [[nodiscard]] std::shared_ptr<const std::string> page();
  void scan();
  void wait_for_signals();
  void tell_address() const;

  const ExecOptions& options_;
  const Log& log_;
  ScanText text_;
  boost::asio::io_context context_;
  boost::asio::posix::stream_descriptor signals_;
  boost::asio::steady_timer quiet_;
  std::unique_ptr<HttpServer> server_;
  std::shared_ptr<const std::string> page_;
  std::int64_t scanned_ns_ = 0;  ///< When page_ was begun, by CLOCK_MONOTONIC.
};

}  // namespace proctally::plugins
