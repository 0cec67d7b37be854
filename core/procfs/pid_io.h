#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctally::procfs {

/// /proc/PID/io, counted since the start of the process, threads and reaped children included.
/// Source: Documentation/filesystems/proc.rst section 3.3, fs/proc/base.c do_io_accounting().
struct PidIo {
  std::uint64_t read_chars = 0;  ///< rchar: bytes through read(2) and the like, cache or not.
  std::uint64_t written_chars = 0;
  std::uint64_t read_calls = 0;  ///< syscr
  std::uint64_t write_calls = 0;
  std::uint64_t read_bytes = 0;     ///< Fetched from the block layer.
  std::uint64_t written_bytes = 0;  ///< write_bytes: counted when pages are dirtied.

  friend bool operator==(const PidIo&, const PidIo&) = default;
};

/// Nothing unless all six lines are there and complete.
[[nodiscard]] std::optional<PidIo> parse_pid_io(std::string_view text);

}  // namespace proctally::procfs
