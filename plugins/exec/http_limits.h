#pragma once

#include <chrono>
#include <cstddef>

namespace proctally::plugins {

/// How much all clients together may cost.
struct HttpLimits {
  using Time = std::chrono::steady_clock::duration;

  std::size_t max_connections = 64;
  std::size_t header_bytes = 8192;  ///< Of one request.
  /// A client that still reads an older page than the last so many is let go, so that no more of
  /// them are in memory.
  std::size_t max_pages_held = 4;
  Time request_deadline = std::chrono::seconds(10);  ///< From its first byte, or the connection.
  Time write_deadline = std::chrono::seconds(30);    ///< For a whole answer.
  Time idle_deadline = std::chrono::minutes(5);      ///< Between two requests.
  /// After each answer, so that a client that asks without a pause takes no whole CPU.
  Time rest = std::chrono::milliseconds(10);
};

}  // namespace proctally::plugins
