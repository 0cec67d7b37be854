#pragma once

#include <cerrno>

#include "core/read_status.h"

namespace proctally {

/// The one map from errno to the outcomes that the scan tells apart.
inline ReadStatus status_of_errno(int error) {
  switch (error) {
    case ENOENT:
    case ESRCH:
      return ReadStatus::vanished;
    case EACCES:
    case EPERM:
      return ReadStatus::denied;
    default:
      return ReadStatus::failed;
  }
}

}  // namespace proctally
