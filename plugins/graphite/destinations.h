#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "formats/graphite_names.h"
#include "plugins/common/log.h"
#include "plugins/graphite/failover.h"
#include "plugins/graphite/graphite_options.h"
#include "plugins/graphite/sender.h"

namespace proctally::plugins::graphite {

/// All that batches are sent to: a sender for each destination, or one for a failover set. None
/// waits for another. One thread, that of the io_context.
class Destinations {
 public:
  /// `options`, `context` and `log` outlive it, and the context runs no more once it is gone.
  /// Throws TlsFileError and SpoolError.
  Destinations(const GraphiteOptions& options, boost::asio::io_context& context, const Log& log);

  /// Begins with what processes before this one left in the spool.
  void start();
  void push(const BatchPtr& batch);
  /// The certificates of connections that open from now on. Throws TlsFileError, and goes on with
  /// the old ones.
  void reload();
  /// Delivers what waits until `deadline`, says in the log what was not, and calls `done` with the
  /// number of those lines.
  void stop(std::chrono::milliseconds deadline, std::function<void(std::uint64_t lines)> done);

  /// Their rows of metrics.
  void append_own_lines(const formats::GraphiteNames& names, std::int64_t seconds,
                        std::string& out) const;
  [[nodiscard]] std::uint64_t batches_dropped() const;
  /// A line for each, with all its counters.
  void log_counts(LogLevel level) const;
  /// One line for people: "tcp://carbon:2003 works; udp://..."
  [[nodiscard]] std::string status() const;

 private:
  /// A sender, and what its metrics are called.
  struct Target {
    std::string label;
    Protocol protocol;  ///< Of a failover set, one that has acknowledgements.
    std::unique_ptr<Sender> sender;
  };

  [[nodiscard]] StreamFactory stream_factory(const Destination& destination);
  void add(const std::string& name, const std::string& label, Protocol protocol,
           StreamFactory make_stream);
  [[nodiscard]] std::unique_ptr<Backlog> make_backlog(const std::string& name,
                                                      const std::string& label) const;
  void warn_of_other_spools() const;
  void tell_end(const Target& target, const Tally& undelivered) const;

  const GraphiteOptions& options_;
  boost::asio::io_context& context_;
  const Log& log_;
  std::shared_ptr<boost::asio::ssl::context> tls_;  ///< Where one of them is tls://.
  std::unique_ptr<FailoverSet> failover_;
  std::vector<Target> targets_;
};

}  // namespace proctally::plugins::graphite
