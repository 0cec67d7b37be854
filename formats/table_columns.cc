#include "formats/table_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/metrics.h"
#include "formats/human_units.h"
#include "formats/terminal_text.h"

namespace proctally::formats {
namespace {

constexpr std::size_t kBarWidth = 10;
constexpr double kOneCpu = 100;

Tone unless_zero(double number) { return number == 0 ? Tone::dim : Tone::plain; }

/// Of a share in percent of one CPU.
Tone heat(double usage) {
  if (usage < 0.05) return Tone::dim;
  if (usage < 20) return Tone::calm;
  return usage < 80 ? Tone::warm : Tone::hot;
}

// How a value that is there looks. `full` is the cpu_usage of a full bar.
Cell count_cell(const Value& value, double /*full*/) {
  return {fmt::format("{:.0f}", value.as_real()), unless_zero(value.as_real())};
}

Cell bytes_cell(const Value& value, double /*full*/) {
  return {human_bytes(value.as_integer()), unless_zero(value.as_real())};
}

Cell duration_cell(const Value& value, double /*full*/) {
  return {human_duration(value.as_real()), unless_zero(value.as_real())};
}

Cell percent_cell(const Value& value, double /*full*/) {
  return {fmt::format("{:.1f}", value.as_real()), value.as_real() < 0.05 ? Tone::dim : Tone::plain};
}

Cell usage_cell(const Value& value, double /*full*/) {
  return {fmt::format("{:.1f}", value.as_real()), heat(value.as_real())};
}

Cell bar_cell(const Value& value, double full) {
  constexpr std::array<std::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  constexpr double kSteps = kBarWidth * 8;
  const auto eighths =
      static_cast<std::size_t>(std::lround(std::clamp(value.as_real() / full, 0.0, 1.0) * kSteps));
  Cell cell{{}, eighths == 0 ? Tone::plain : heat(value.as_real())};
  for (std::size_t i = 0; i < eighths / 8; ++i) cell.text += "█";
  cell.text += kEighths.at(eighths % 8);
  cell.text.append(kBarWidth - (eighths + 7) / 8, ' ');
  return cell;
}

struct ColumnKind {
  std::string_view title;
  Metric metric;
  Cell (*look)(const Value& value, double full);
  int need;  ///< See Column.
};

constexpr std::array kColumnKinds = {
    ColumnKind{"PROCS", Metric::num_procs, count_cell, 6},
    ColumnKind{"THR", Metric::num_threads, count_cell, 1},
    ColumnKind{"CPU%", Metric::cpu_usage, usage_cell, 9},
    ColumnKind{"", Metric::cpu_usage, bar_cell, 0},
    ColumnKind{"CPU TIME", Metric::cpu_time, duration_cell, 8},
    ColumnKind{"RSS", Metric::memory_rss, bytes_cell, 7},
    ColumnKind{"MEM%", Metric::memory_usage, percent_cell, 2},
    ColumnKind{"READ", Metric::disk_read_bytes, bytes_cell, 4},
    ColumnKind{"WRITE", Metric::disk_write_bytes, bytes_cell, 5},
    ColumnKind{"FDS", Metric::num_fds, count_cell, 3},
};

Cell absent_cell(const ColumnKind& kind) { return {kind.title.empty() ? "" : "-", Tone::dim}; }

Column make_column(const ColumnKind& kind, const Rows& rows, double full) {
  Column column{kind.title, kind.need, display_width(kind.title), {}};
  for (const GroupRow* row : rows) {
    const Value& value = row->values[kind.metric];
    Cell cell = value.is_absent() ? absent_cell(kind) : kind.look(value, full);
    if (is_empty(*row)) cell.tone = Tone::dim;
    column.width = std::max(column.width, display_width(cell.text));
    column.cells.push_back(std::move(cell));
  }
  return column;
}

}  // namespace

bool is_empty(const GroupRow& row) {
  const Value& processes = row.values[Metric::num_procs];
  return !processes.is_absent() && processes.as_real() == 0;
}

std::vector<Column> make_columns(const Rows& rows) {
  double full = kOneCpu;
  for (const GroupRow* row : rows) {
    full = std::max(full, row->values[Metric::cpu_usage].as_real());
  }
  std::vector<Column> columns;
  for (const ColumnKind& kind : kColumnKinds) {
    const bool is_known = std::any_of(rows.begin(), rows.end(), [&kind](const GroupRow* row) {
      return !row->values[kind.metric].is_absent();
    });
    if (is_known) columns.push_back(make_column(kind, rows, full));
  }
  return columns;
}

std::size_t total_width(const std::vector<Column>& columns) {
  std::size_t total = 0;
  for (const Column& column : columns) total += kGap.size() + column.width;
  return total;
}

}  // namespace proctally::formats
