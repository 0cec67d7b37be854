#include "formats/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/metrics.h"
#include "formats/human_units.h"
#include "formats/table_columns.h"
#include "formats/terminal_text.h"

namespace proctally::formats {
namespace {

constexpr std::string_view kNameTitle = "GROUP";
constexpr std::size_t kNameWidthMin = 16;
constexpr std::size_t kNameWidthMax = 40;

/// Indexed by Tone.
constexpr std::array<std::string_view, 6> kToneCodes = {"",         "\x1b[1m",  "\x1b[2m",
                                                        "\x1b[32m", "\x1b[33m", "\x1b[31m"};

/// Writes cells into lines. Escape sequences take no room, so it pads by what the eye sees.
class Printer {
 public:
  Printer(Colour colour, std::string& out) : colour_(colour), out_(out) {}

  void print(std::string_view text, Tone tone) {
    const bool is_toned = colour_ == Colour::always && tone != Tone::plain && !text.empty();
    if (is_toned) out_ += kToneCodes.at(static_cast<std::size_t>(tone));
    out_ += text;
    if (is_toned) out_ += "\x1b[0m";
  }

  void print_left(std::string_view text, Tone tone, std::size_t width) {
    print(text, tone);
    out_.append(width - display_width(text), ' ');
  }

  void print_right(std::string_view text, Tone tone, std::size_t width) {
    out_ += kGap;
    out_.append(width - display_width(text), ' ');
    print(text, tone);
  }

  void end_line() { out_ += '\n'; }

 private:
  Colour colour_;
  std::string& out_;
};

Rows busiest_first(const std::vector<GroupRow>& groups) {
  const auto key = [](const GroupRow& row) {
    return std::make_tuple(is_empty(row), -row.values[Metric::cpu_usage].as_real(),
                           -row.values[Metric::cpu_time].as_real(), row.name);
  };
  Rows rows;
  rows.reserve(groups.size());
  for (const GroupRow& group : groups) rows.push_back(&group);
  std::sort(rows.begin(), rows.end(),
            [&key](const GroupRow* a, const GroupRow* b) { return key(*a) < key(*b); });
  return rows;
}

/// Leaves out what does not fit into `width` beside the names, of which the longest would like to
/// have `longest`; returns the room for those.
std::size_t fit(std::size_t width, std::size_t longest, std::vector<Column>& columns) {
  const std::size_t wanted = std::clamp(longest, kNameTitle.size(), kNameWidthMax);
  if (width == 0) return wanted;
  const std::size_t least = std::min(wanted, kNameWidthMin);
  while (!columns.empty() && total_width(columns) + least > width) {
    columns.erase(
        std::min_element(columns.begin(), columns.end(),
                         [](const Column& a, const Column& b) { return a.need < b.need; }));
  }
  const std::size_t others = total_width(columns);
  return std::clamp(width > others ? width - others : 0, least, wanted);
}

std::size_t longest_name(const Rows& rows) {
  std::size_t longest = 0;
  for (const GroupRow* row : rows) longest = std::max(longest, display_width(row->name));
  return longest;
}

void print_groups(const Rows& rows, std::size_t width, Printer& printer) {
  std::vector<Column> columns = make_columns(rows);
  const std::size_t name_width = fit(width, longest_name(rows), columns);
  printer.print_left(kNameTitle, Tone::heading, name_width);
  for (const Column& column : columns) {
    printer.print_right(column.title, Tone::heading, column.width);
  }
  printer.end_line();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string name;
    append_cut(rows[i]->name, name_width, name);
    printer.print_left(name, is_empty(*rows[i]) ? Tone::dim : Tone::plain, name_width);
    for (const Column& column : columns) {
      printer.print_right(column.cells[i].text, column.cells[i].tone, column.width);
    }
    printer.end_line();
  }
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// Such as "412 processes in 25 groups, scanned in 1.8ms, 14 reads denied".
std::string what_was_scanned(const Snapshot& snapshot) {
  const SelfValues& self = snapshot.self;
  std::string text;
  if (const Value& processes = self[SelfMetric::processes]; !processes.is_absent()) {
    text = counted(processes.as_integer(), "process", "processes") + " in ";
  }
  text += counted(static_cast<std::int64_t>(snapshot.groups.size()), "group", "groups");
  if (const Value& took = self[SelfMetric::scan_seconds]; !took.is_absent()) {
    text += fmt::format(", scanned in {}", human_duration(took.as_real()));
  }
  if (const Value& denied = self[SelfMetric::denied]; denied.as_real() > 0) {
    text += ", " + counted(denied.as_integer(), "read", "reads") + " denied";
  }
  return text;
}

/// Whose the host's CPU was; nothing where that is not known.
std::string where_the_cpu_went(const SelfValues& self) {
  double host = self[SelfMetric::cpu_host_seconds].as_real();
  const Value& grouped = self[SelfMetric::cpu_grouped_seconds];
  if (host <= 0 || grouped.is_absent()) return {};
  // The host's figure is sampled by ticks, the others are exact: over a short time it may lag.
  host = std::max(host, grouped.as_real() + self[SelfMetric::cpu_ungrouped_seconds].as_real() +
                            self[SelfMetric::cpu_unattributed_seconds].as_real());
  std::string text = fmt::format("{:.1f} % of the host's {} of CPU is on a group's account",
                                 100 * grouped.as_real() / host, human_duration(host));
  const auto append_share = [&](SelfMetric metric, std::string_view what) {
    const Value& value = self[metric];
    if (value.is_absent()) return;
    text += fmt::format(", {:.1f} % {}", 100 * value.as_real() / host, what);
  };
  append_share(SelfMetric::cpu_ungrouped_seconds, "ungrouped");
  append_share(SelfMetric::cpu_unattributed_seconds, "unattributed");
  return text;
}

}  // namespace

void append_table(const Snapshot& snapshot, const TableStyle& style, std::string& out) {
  Printer printer(style.colour, out);
  print_groups(busiest_first(snapshot.groups), style.width, printer);
  printer.end_line();
  printer.print(what_was_scanned(snapshot), Tone::dim);
  printer.end_line();
  if (const std::string shares = where_the_cpu_went(snapshot.self); !shares.empty()) {
    printer.print(shares, Tone::plain);
    printer.end_line();
  }
}

}  // namespace proctally::formats
