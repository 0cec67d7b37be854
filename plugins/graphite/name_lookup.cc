#include "plugins/graphite/name_lookup.h"

#include <fmt/format.h>
#include <netdb.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

namespace proctally::plugins::graphite {
namespace {

namespace ip = boost::asio::ip;

constexpr int kMostAtOnce = 16;

std::atomic<int>& running() {
  static std::atomic<int> count{0};
  return count;
}

ip::address address_of(const addrinfo& found) {
  ip::tcp::endpoint endpoint;
  endpoint.resize(found.ai_addrlen);
  std::memcpy(endpoint.data(), found.ai_addr, found.ai_addrlen);
  return endpoint.address();
}

}  // namespace

NameLookup::NameLookup(boost::asio::io_context& context, Done done)
    : context_(&context), done_(std::move(done)) {}

void NameLookup::start(const std::string& host) {
  work_.emplace(context_->get_executor());
  auto answer = ask(host, AI_NUMERICHOST);
  if (answer.why.empty()) {
    give(std::move(answer));
  } else if (running() >= kMostAtOnce) {
    give({.why = "the name server does not answer: too many lookups wait for it already",
          .addresses = {}});
  } else {
    ++running();
    try {
      std::thread([self = shared_from_this(), host] {
        self->give(ask(host, 0));
        --running();
      }).detach();
    } catch (const std::system_error& error) {
      --running();
      give({.why = fmt::format("no thread for the lookup: {}", error.what()), .addresses = {}});
    }
  }
}

NameLookup::Answer NameLookup::ask(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return {.why = ::gai_strerror(error), .addresses = {}};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Answer answer;
  for (const auto* next = found; next != nullptr; next = next->ai_next) {
    const bool is_known = next->ai_family == AF_INET || next->ai_family == AF_INET6;
    if (is_known) answer.addresses.push_back(address_of(*next));
  }
  if (answer.addresses.empty()) answer.why = "it has none";
  return answer;
}

void NameLookup::give(Answer answer) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return;
  boost::asio::post(*context_, [self = shared_from_this(), answer = std::move(answer)] {
    self->release();
    // Who hears of it may cancel.
    if (const auto done = std::exchange(self->done_, nullptr)) done(answer.why, answer.addresses);
  });
}

void NameLookup::cancel() {
  release();
  done_ = nullptr;  // What it holds must not end in the other thread.
}

// Afterwards the other thread does not touch the io_context, nor is it about to leave a call of it.
void NameLookup::release() {
  const std::lock_guard lock(mutex_);
  context_ = nullptr;
  work_.reset();
}

}  // namespace proctally::plugins::graphite
