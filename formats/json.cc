#include "formats/json.h"

#include <string_view>
#include <vector>

#include "core/metrics.h"
#include "formats/number.h"
#include "formats/present_values.h"
#include "formats/quoted.h"

namespace proctally::formats {
namespace {

void append_key(std::string_view text, std::string& out) {
  if (!out.ends_with('{')) out += ',';
  append_quoted(text, out);
  out += ':';
}

/// The members of an object whose `{` and first members may already be there.
template <typename AllValues, typename Catalogue>
void append_members(const AllValues& values, const Catalogue& catalogue, std::string& out) {
  for_each_present(values, catalogue, [&out](const MetricInfo& info, const Value& value) {
    append_key(info.name, out);
    append_value(value, out);
  });
}

/// The rows of one group of those that are sorted by group, from `next` on, which goes on behind
/// them: an object by name, with what `append_row(row)` writes. Nothing where there is no row.
template <typename Row, typename AppendRow>
void append_by_name(std::string_view key, std::size_t group, const std::vector<Row>& rows,
                    std::size_t& next, AppendRow append_row, std::string& out) {
  if (next == rows.size() || rows[next].group != group) return;
  append_key(key, out);
  out += '{';
  for (; next < rows.size() && rows[next].group == group; ++next) {
    append_key(rows[next].name, out);
    append_row(rows[next]);
  }
  out += '}';
}

}  // namespace

void append_json(const Snapshot& snapshot, std::string& out) {
  out += R"({"timestamp_ns":)";
  append_integer(snapshot.wall_ns, out);
  out += R"(,"groups":[)";
  std::size_t next_thread = 0;
  std::size_t next_wchan = 0;
  for (std::size_t i = 0; i < snapshot.groups.size(); ++i) {
    const GroupRow& group = snapshot.groups[i];
    if (!out.ends_with('[')) out += ',';
    out += R"({"name":)";
    append_quoted(group.name, out);
    append_members(group.values, kMetrics, out);
    const auto append_thread = [&out](const ThreadRow& row) {
      out += '{';
      append_members(row.values, kThreadMetrics, out);
      out += '}';
    };
    append_by_name("threads", i, snapshot.threads, next_thread, append_thread, out);
    const auto append_wchan = [&out](const WchanRow& row) {
      append_value(Value::integer(row.threads), out);
    };
    append_by_name("wchan", i, snapshot.wchans, next_wchan, append_wchan, out);
    out += '}';
  }
  out += R"(],"self":{)";
  append_members(snapshot.self, kSelfMetrics, out);
  out += "}}\n";
}

}  // namespace proctally::formats
