#pragma once

#include <cstdint>

namespace proctally::procfs {

/// An executable file, as stat(2) has st_dev and st_ino: the same by whatever path.
struct ExeId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  friend bool operator==(const ExeId&, const ExeId&) = default;
};

}  // namespace proctally::procfs
