#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/snapshot.h"

/// What stands in the table's columns, before it is known how it gets onto the terminal: a part of
/// table.cc, and used by nobody else. Rows point into the snapshot; titles are literals.
namespace proctally::formats {

enum class Tone : std::uint8_t { plain, heading, dim, calm, warm, hot };

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};

struct Column {
  std::string_view title;
  int need = 0;  ///< The column with the lowest is left out first on a narrow terminal.
  std::size_t width = 0;
  std::vector<Cell> cells;  ///< One for each row, in the order of the rows.
};

using Rows = std::vector<const GroupRow*>;

/// A group that is known to have no process.
[[nodiscard]] bool is_empty(const GroupRow& row);

/// The columns right of the name, less those in which every value is absent.
[[nodiscard]] std::vector<Column> make_columns(const Rows& rows);

/// Of the columns, with the gap in front of each.
[[nodiscard]] std::size_t total_width(const std::vector<Column>& columns);

inline constexpr std::string_view kGap = "  ";

}  // namespace proctally::formats
