#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace proctally::plugins::graphite {

/// Asks for the addresses of a host, each time in a thread of its own: getaddrinfo(3) waits for a
/// name server as long as it likes, and neither another destination nor the end of the program may
/// wait with it. (Asio has one thread for all.) A thread that hangs is left behind; there are a few
/// at most. An address is its own answer.
class NameLookup final : public std::enable_shared_from_this<NameLookup> {
 public:
  using Addresses = std::vector<boost::asio::ip::address>;
  /// Called once, on the io_context, unless it is cancelled: `why` is empty where there is one
  /// address at least.
  using Done = std::function<void(const std::string& why, const Addresses& addresses)>;

  NameLookup(boost::asio::io_context& context, Done done);

  void start(const std::string& host);
  /// From now on nothing is called. To be called, or to be done, before the io_context ends.
  void cancel();

 private:
  struct Answer {
    std::string why;
    Addresses addresses;
  };
  static Answer ask(const std::string& host, int flags);
  void give(Answer answer);
  void release();

  std::mutex mutex_;  ///< For context_, between the thread that asks and the one that cancels.
  boost::asio::io_context* context_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  Done done_;  ///< Of the io_context's thread only.
};

}  // namespace proctally::plugins::graphite
