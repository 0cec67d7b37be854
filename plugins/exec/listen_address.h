#pragma once

#include <cstdint>
#include <string>

namespace proctally::plugins {

/// Where a server listens.
struct ListenAddress {
  std::string host = "127.0.0.1";  ///< A numeric address. "::" is every address of both families.
  std::uint16_t port = 0;          ///< 0: the kernel chooses one.

  [[nodiscard]] bool is_loopback() const;
};

/// "127.0.0.1:9256", "[::1]:9256", ":9256" (every address, as in Go) or "9256" (127.0.0.1). Names
/// are not looked up, but for "localhost". Throws UsageError, which calls the option `option`.
[[nodiscard]] ListenAddress parse_listen_address(const char* option, const std::string& text);

}  // namespace proctally::plugins
