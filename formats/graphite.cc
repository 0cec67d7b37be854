#include "formats/graphite.h"

#include "formats/number.h"
#include "formats/present_values.h"

namespace proctally::formats {
namespace {

void finish_line(const Value& value, std::int64_t seconds, std::string& out) {
  out += ' ';
  append_value(value, out);
  out += ' ';
  append_integer(seconds, out);
  out += '\n';
}

}  // namespace

void append_graphite(const Snapshot& snapshot, const GraphiteNames& names, std::int64_t seconds,
                     std::string& out) {
  for (const GroupRow& row : snapshot.groups) {
    const GraphiteName group = names.group_of(row.name);
    for_each_present(row.values, kMetrics, [&](const MetricInfo& info, const Value& value) {
      names.append(group, info.name, out);
      finish_line(value, seconds, out);
    });
  }
  for_each_present(snapshot.self, kSelfMetrics, [&](const MetricInfo& info, const Value& value) {
    append_graphite_line(names, {}, info.name, value, seconds, out);
  });
}

void append_graphite_line(const GraphiteNames& names, const GraphiteSubject& subject,
                          std::string_view metric, const Value& value, std::int64_t seconds,
                          std::string& out) {
  if (value.is_absent()) return;
  names.append_own(subject, metric, out);
  finish_line(value, seconds, out);
}

}  // namespace proctally::formats
