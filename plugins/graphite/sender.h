#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "plugins/common/log.h"
#include "plugins/graphite/backoff.h"
#include "plugins/graphite/batch_queue.h"
#include "plugins/graphite/in_flight.h"
#include "plugins/graphite/stream.h"
#include "plugins/graphite/tally.h"

namespace proctally::plugins::graphite {

/// When a line counts as delivered.
enum class Receipt : std::uint8_t {
  kernel,   ///< The peer's kernel acknowledged it. Its process may end before it reads.
  process,  ///< The peer's process read it: each time the queue is sent the connection is
            ///< half-closed, and the peer's own end is the receipt.
};

struct SenderStats {
  Tally delivered;  ///< By the receipt that was asked for.
  Tally resent;     ///< Given back when a connection broke, though their sending had begun.
  std::uint64_t connects = 0;
  std::uint64_t failed_connects = 0;
  std::optional<std::int64_t> last_delivery_s;  ///< Unix time.
};

/// Sends batches to one destination, one connection at a time, and waits for nothing: a peer that
/// is away or does not read costs the queue's limits and nothing else. Always, in lines:
///   pushed = delivered + dropped by the queue + waiting + in flight.
/// What was not delivered when a connection breaks is sent again from a line's start. One thread,
/// that of the io_context.
class Sender {
 public:
  /// Unix time in seconds.
  using Clock = std::function<std::int64_t()>;
  struct Parts {
    boost::asio::io_context& context;
    StreamFactory make_stream;
    Clock clock;
    Backoff::Random random;
    const Log& log;
  };

  /// `name` is what the log calls the destination. What `parts` refers to outlives the sender, and
  /// the io_context runs no more once the sender is gone: a timer that is due may wait in it.
  Sender(std::string name, Parts parts, Receipt receipt, const QueueLimits& limits);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  void push(BatchPtr batch);

  /// Delivers what waits, then ends the connection properly and calls `done` with the lines that
  /// were not delivered: none, or those that are left when `deadline` has passed. Takes nothing
  /// more.
  void stop(std::chrono::milliseconds deadline, std::function<void(Tally undelivered)> done);

  [[nodiscard]] const SenderStats& stats() const { return stats_; }
  [[nodiscard]] const BatchQueue& queue() const { return queue_; }
  [[nodiscard]] const Tally& in_flight() const { return in_flight_.size(); }

 private:
  enum class State : std::uint8_t { down, waiting, opening, up, finishing, stopped };

  void proceed();
  void open();
  void opened();
  void send_next();
  void written(std::size_t bytes);
  void watch_arrival();
  void note_arrival();
  void ended(Stream::End end, const std::string& why);
  void delivered(const Tally& lines);
  void wait_to_retry();
  void tell_down(const std::string& why);
  void close();
  void finish_stop();

  const std::string name_;
  Parts parts_;
  const Receipt receipt_;
  BatchQueue queue_;
  InFlight in_flight_;
  Backoff backoff_;
  SenderStats stats_;

  State state_ = State::down;
  std::shared_ptr<Stream> stream_;
  std::optional<BatchRest> writing_;
  std::size_t written_of_batch_ = 0;
  std::uint64_t written_ = 0;  ///< Of the connection.
  bool is_told_down_ = false;
  boost::asio::steady_timer retry_timer_;
  boost::asio::steady_timer arrival_timer_;
  boost::asio::steady_timer stop_timer_;
  std::function<void(Tally)> stopped_;
};

}  // namespace proctally::plugins::graphite
