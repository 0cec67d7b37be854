#pragma once

#include <stdexcept>
#include <string>

namespace proctally::plugins::graphite {

/// What a disk refused, for the log. A value: it must not end the caller's loop.
struct DiskError {
  int code = 0;           ///< errno.
  std::string message{};  ///< "cannot write /var/spool/x/y.spool: No space left on device".
};

/// A spool that cannot be used at all: what() says which, why, and what it needs.
class SpoolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace proctally::plugins::graphite
