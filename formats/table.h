#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/snapshot.h"

namespace proctally::formats {

enum class Colour : std::uint8_t {
  never,   ///< Not a single escape sequence: for files and pipes.
  always,  ///< ANSI colours: for a terminal.
};

struct TableStyle {
  Colour colour = Colour::never;
  /// Columns of the terminal; 0 is as wide as the table likes to be. Where it is too narrow names
  /// are cut shorter, then the least needed columns are left out, the bar first.
  std::size_t width = 0;
};

/// Appends a snapshot as a table for a person, in UTF-8: one line a group, the group with the most
/// CPU first (by cpu_usage; where that says nothing, by cpu_time), groups without a process last
/// and dimmed. READ and WRITE are disk_read_bytes and disk_write_bytes. A bar is full at one whole
/// CPU, or at the busiest group's usage if that is more. Single absent values are `-`, and a column
/// in which all are absent is left out.
///
/// Below it, what was scanned, and how much of the host's CPU is on a group's account. Made for
/// --format table; it allocates freely, and nothing can fail.
void append_table(const Snapshot& snapshot, const TableStyle& style, std::string& out);

}  // namespace proctally::formats
