#include "plugins/common/host_name.h"

#include <netdb.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <memory>

namespace proctally::plugins {

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  (void)::gethostname(name.data(), name.size() - 1);  // Else it is empty.
  return name.data();
}

std::string full_host_name() {
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host_name().c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  const std::string name = found->ai_canonname == nullptr ? "" : found->ai_canonname;
  return name.find('.') == std::string::npos ? std::string() : name;
}

}  // namespace proctally::plugins
