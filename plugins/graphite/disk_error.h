#pragma once

#include <string>

namespace proctally::plugins::graphite {

/// What a disk refused, for the log. A value: it must not end the caller's loop.
struct DiskError {
  int code = 0;           ///< errno.
  std::string message{};  ///< "cannot write /var/spool/x/y.spool: No space left on device".
};

}  // namespace proctally::plugins::graphite
