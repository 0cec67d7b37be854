#include "plugins/exec/listen_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include "plugins/common/host.h"
#include "plugins/exec/signals.h"

namespace proctally::plugins {
namespace {

using boost::system::error_code;

// Longer without a scan, messages of processes that end would pile up, and work of the long dead
// would lose its place.
constexpr std::chrono::nanoseconds kLongestQuiet = std::chrono::minutes(1);

}  // namespace

ListenLoop::ListenLoop(const ExecOptions& options, const Settings& settings, Scanner& scanner,
                       const Log& log)
    : options_(options),
      log_(log),
      text_(options, settings, scanner, log),
      signals_(context_, open_signals().release()),
      quiet_(context_),
      server_(make_server()) {}

std::unique_ptr<HttpServer> ListenLoop::make_server() {
  const auto& [host, port] = *options_.listen;
  try {
    return std::make_unique<HttpServer>(
        context_, HttpServer::Tcp::endpoint(boost::asio::ip::make_address(host), port),
        options_.metrics_path, [this] { return page(); }, HttpLimits(), log_);
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error(
        fmt::format("--listen: {} port {}: {}", host, port, error.code().message()));
  }
}

void ListenLoop::run() {
  scan();
  server_->start();
  wait_for_signals();
  tell_address();
  context_.run();
}

std::shared_ptr<const std::string> ListenLoop::page() {
  if (read_clock(CLOCK_MONOTONIC) - scanned_ns_ >= options_.interval_ns) scan();
  return page_;
}

void ListenLoop::scan() {
  scanned_ns_ = read_clock(CLOCK_MONOTONIC);
  std::string text;
  if (page_) text.reserve(page_->size() + page_->size() / 8);
  // There is no cadence to miss, and nobody else's batch to drop.
  text_.append(std::nullopt, std::nullopt, text);
  page_ = std::make_shared<const std::string>(std::move(text));
  quiet_.expires_after(std::max(kLongestQuiet, std::chrono::nanoseconds(options_.interval_ns)));
  quiet_.async_wait([this](const error_code& error) {
    if (!error) scan();
  });
}

void ListenLoop::wait_for_signals() {
  signals_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](const error_code& error) {
                        if (error) return;
                        const auto requests = read_signals(signals_.native_handle());
                        if (requests.end) {
                          server_->stop();
                          context_.stop();
                          return;
                        }
                        if (requests.reload) text_.reload();
                        if (requests.ticks > 0) scan();
                        wait_for_signals();
                      });
}

void ListenLoop::tell_address() const {
  const auto endpoint = server_->local_endpoint();
  auto host = endpoint.address().to_string();
  if (endpoint.address().is_v6()) host = fmt::format("[{}]", host);
  log_.info(fmt::format("serves http://{}:{}{}", host, endpoint.port(), options_.metrics_path));
  if (!options_.listen->is_loopback()) {
    log_.warning(
        "whoever reaches this port can read the names of processes; --listen 127.0.0.1:PORT keeps "
        "it to this host");
  }
}

}  // namespace proctally::plugins
