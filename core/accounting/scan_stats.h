#pragma once

#include <cstdint>

#include "core/read_status.h"

namespace proctally::accounting {

/// What went differently, counted instead of logged: the core never prints. The first four since
/// the start, the others in the last scan.
struct ScanStats {
  std::uint64_t vanished = 0;
  std::uint64_t denied = 0;
  std::uint64_t malformed = 0;  ///< And failed in any other way.
  std::uint64_t unlisted = 0;   ///< Scans whose list of processes could not be read.
  std::uint64_t idle = 0;       ///< Processes of which only the clock was read.
  std::uint64_t read = 0;       ///< Processes of which more was read.

  void count(ReadStatus status) {
    switch (status) {
      case ReadStatus::ok:
        break;
      case ReadStatus::vanished:
        ++vanished;
        break;
      case ReadStatus::denied:
        ++denied;
        break;
      case ReadStatus::malformed:
      case ReadStatus::failed:
        ++malformed;
        break;
    }
  }
};

}  // namespace proctally::accounting
