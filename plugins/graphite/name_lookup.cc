#include "plugins/graphite/name_lookup.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

#include <atomic>
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

ip::address address_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  ip::address_v6::bytes_type bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return ip::address_v6(bytes, v6.sin6_scope_id);
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
    if (is_known) answer.addresses.push_back(address_of(*next->ai_addr));
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
