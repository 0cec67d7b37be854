#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/common/log.h"
#include "plugins/graphite/backlog.h"
#include "plugins/graphite/backoff.h"
#include "plugins/graphite/in_flight.h"
#include "plugins/graphite/pacer.h"
#include "plugins/graphite/settling.h"
#include "plugins/graphite/state_log.h"
#include "plugins/graphite/stream.h"
#include "plugins/graphite/tally.h"

namespace proctally::plugins::graphite {

/// When a line counts as delivered.
enum class Receipt : std::uint8_t {
  kernel,   ///< The peer's kernel acknowledged it. Its process may end before it reads.
  process,  ///< The peer's process read it: each time what waits is sent the connection is
            ///< half-closed, and the peer's own end is the receipt.
};

struct SenderSettings {
  Receipt receipt = Receipt::kernel;
  /// Of Receipt::kernel: only when the connection has lasted so much longer.
  std::chrono::milliseconds keep_safe{0};
  std::chrono::seconds interval{10};  ///< Between two batches.
  double replay_lines_per_second = 10'000;
  std::chrono::milliseconds delay{0};  ///< From a push to when it is sent at the earliest.
  /// Before the next batch a connection of this age is ended properly, and another opened; of half
  /// this age already, by chance, so that not all clients come at once.
  std::chrono::milliseconds max_connection_age = Stream::kNoMaxAge;
  /// So much in flight, or a batch, and no more is sent until some of it is delivered.
  std::size_t max_in_flight_bytes = std::size_t{32} << 20U;
  /// Without any progress for so long the peer is said to be stalled, then given up.
  std::chrono::milliseconds stalled_after{10'000};
  std::chrono::milliseconds give_up_after{60'000};
  /// A peer that has all but does not end its side after ours is left after so long, but not before
  /// keep_safe is over, unless the sender is to stop.
  std::chrono::milliseconds close_after{3'000};
};

struct SenderStats {
  std::uint64_t sent_lines = 0;  ///< Handed to the kernel, each time.
  Tally delivered;               ///< By the receipt that was asked for.
  Tally resent;  ///< Given back when a connection broke, though their sending had begun.
  std::uint64_t connects = 0;
  std::uint64_t failed_connects = 0;
  std::uint64_t breaks = 0;  ///< Of connections: reset, timed out, refused by a host of datagrams.
  std::optional<std::int64_t> last_delivery_s;  ///< Unix time.
};

/// Sends batches to one destination, one connection at a time, and waits for nothing: a peer that
/// is away or does not read costs what the backlog may hold and nothing else. Always, in lines:
///   came to the backlog = delivered + dropped by it + waiting in it + in flight.
/// What was not delivered when a connection breaks is sent again from a line's start. One thread,
/// that of the io_context.
class Sender {
 public:
  /// Unix time in seconds.
  using Clock = std::function<std::int64_t()>;
  struct Parts {
    boost::asio::io_context& context;
    StreamFactory make_stream;
    std::unique_ptr<Backlog> backlog;
    Clock clock;
    Backoff::Random random;
    const Log& log;
  };

  /// `name` is what the log calls the destination. What `parts` refers to outlives the sender, and
  /// the io_context runs no more once the sender is gone: a timer that is due may wait in it.
  Sender(std::string name, Parts parts, const SenderSettings& settings);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /// Begins with what the backlog has from a process before this one.
  void start() { proceed(); }
  void push(BatchPtr batch);

  /// Delivers what waits, then ends the connection properly and calls `done` with the lines that
  /// were not delivered: none, or those that are left when `deadline` has passed. Takes nothing
  /// more.
  void stop(std::chrono::milliseconds deadline, std::function<void(Tally undelivered)> done);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const SenderStats& stats() const { return stats_; }
  // NOLINTNEXTLINE(readability-make-member-function-const): whoever may change it, not only look.
  [[nodiscard]] Backlog& backlog() { return *parts_.backlog; }
  [[nodiscard]] const Backlog& backlog() const { return *parts_.backlog; }
  [[nodiscard]] const Tally& in_flight() const { return in_flight_.size(); }
  [[nodiscard]] StateLog::State state() const { return state_log_.state(); }

 private:
  enum class State : std::uint8_t { down, waiting, opening, up, finishing, stopped };
  using SteadyTime = std::chrono::steady_clock::time_point;

  void proceed();
  void open();
  void opened();
  /// Whether the connection is to be ended before more is sent.
  [[nodiscard]] bool is_to_finish() const;
  void finish();
  void send_next();
  void written(std::size_t bytes);
  void watch();
  void note_progress();
  void judge(SteadyTime now);
  [[nodiscard]] std::uint64_t acknowledged() const;
  /// The first `bytes` of the connection are delivered.
  void arrived(std::uint64_t bytes);
  void ended(Stream::End end, const std::string& why);
  void delivered(const Tally& lines);
  Tally take_back(std::uint64_t bytes);
  [[nodiscard]] std::string_view rest_of_line() const;
  void wait_to_retry();
  void wait_to_send(std::chrono::steady_clock::duration time);
  void tell_trouble(StateLog::State state, const std::string& why);
  void close();
  void finish_stop();

  const std::string name_;
  Parts parts_;
  const SenderSettings settings_;
  InFlight in_flight_;
  Backoff backoff_;
  Pacer pacer_;
  StateLog state_log_;
  SenderStats stats_;

  State state_ = State::down;
  // Of the connection that there is.
  std::shared_ptr<Stream> stream_;
  std::optional<Settling> settling_;
  std::optional<BatchRest> writing_;
  std::size_t written_of_batch_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t acknowledged_ = 0;  ///< When it was looked at last.
  SteadyTime opened_at_;
  SteadyTime progress_at_;
  SteadyTime end_at_;  ///< When it is old.

  boost::asio::steady_timer retry_timer_;
  boost::asio::steady_timer pace_timer_;
  bool is_pacing_ = false;  ///< Nothing is begun before pace_timer_.
  boost::asio::steady_timer watch_timer_;
  boost::asio::steady_timer stop_timer_;
  std::function<void(Tally)> stopped_;
};

}  // namespace proctally::plugins::graphite
