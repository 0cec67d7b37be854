#include "formats/influx.h"

#include <string_view>

#include "core/metrics.h"
#include "formats/number.h"
#include "formats/present_values.h"

namespace proctally::formats {
namespace {

// A backslash is literal unless one of these follows it, so it is never doubled; in a group name
// only `x` ever follows it.
constexpr std::string_view kSpecialInMeasurement = ", ";
constexpr std::string_view kSpecialInTag = ",= ";

void append_escaped(std::string_view text, std::string_view special, std::string& out) {
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

void append_value(const Value& value, std::string& out) {
  if (value.is_integer()) {
    append_integer(value.as_integer(), out);
    out += 'i';
  } else {
    append_real(value.as_real(), out);
  }
}

/// Ends the line that begins at `start`; takes it back where it would have no field.
template <typename AllValues, typename Catalogue>
void finish_line(std::size_t start, const AllValues& values, const Catalogue& catalogue,
                 std::int64_t wall_ns, std::string& out) {
  const std::size_t fields = out.size();
  for_each_present(values, catalogue, [&](const MetricInfo& info, const Value& value) {
    out += out.size() == fields ? ' ' : ',';
    out += info.name;
    out += '=';
    append_value(value, out);
  });
  if (out.size() == fields) {
    out.resize(start);
    return;
  }
  out += ' ';
  append_integer(wall_ns, out);
  out += '\n';
}

void append_tag(std::string_view key, std::string_view value, std::string& out) {
  out += ',';
  append_escaped(key, kSpecialInTag, out);
  out += '=';
  append_escaped(value, kSpecialInTag, out);
}

/// A measurement beside that of groups, with a tag of its own beside theirs.
void begin_line(const InfluxNames& names, std::string_view suffix, std::string_view group,
                std::string_view tag, std::string_view value, std::string& out) {
  append_escaped(names.measurement, kSpecialInMeasurement, out);
  out += suffix;
  const bool is_group_first = names.group_tag < tag;
  if (is_group_first) append_tag(names.group_tag, group, out);
  append_tag(tag, value, out);
  if (!is_group_first) append_tag(names.group_tag, group, out);
}

void append_threads(const Snapshot& snapshot, const InfluxNames& names, std::string& out) {
  for (const ThreadRow& row : snapshot.threads) {
    const std::size_t start = out.size();
    begin_line(names, "_threads", snapshot.groups[row.group].name, "threadname", row.name, out);
    finish_line(start, row.values, kThreadMetrics, snapshot.wall_ns, out);
  }
  for (const WchanRow& row : snapshot.wchans) {
    begin_line(names, "_wchan", snapshot.groups[row.group].name, "wchan", row.name, out);
    out += " threads=";
    append_value(Value::integer(row.threads), out);
    out += ' ';
    append_integer(snapshot.wall_ns, out);
    out += '\n';
  }
}

}  // namespace

void append_influx(const Snapshot& snapshot, const InfluxNames& names, std::string& out) {
  for (const GroupRow& group : snapshot.groups) {
    const std::size_t start = out.size();
    append_escaped(names.measurement, kSpecialInMeasurement, out);
    append_tag(names.group_tag, group.name, out);
    finish_line(start, group.values, kMetrics, snapshot.wall_ns, out);
  }
  append_threads(snapshot, names, out);
  const std::size_t start = out.size();
  out += "proctally_self";
  finish_line(start, snapshot.self, kSelfMetrics, snapshot.wall_ns, out);
}

}  // namespace proctally::formats
