#include "formats/json.h"

#include <string_view>

#include "core/metrics.h"
#include "formats/number.h"
#include "formats/present_values.h"

namespace proctally::formats {
namespace {

/// A name of a group, or of the catalogue: valid UTF-8 without controls, so these two are all that
/// JSON wants escaped.
void append_string(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

/// The members of an object whose `{` and first members may already be there.
template <typename AllValues, typename Catalogue>
void append_members(const AllValues& values, const Catalogue& catalogue, std::string& out) {
  for_each_present(values, catalogue, [&out](const MetricInfo& info, const Value& value) {
    if (!out.ends_with('{')) out += ',';
    append_string(info.name, out);
    out += ':';
    append_value(value, out);
  });
}

}  // namespace

void append_json(const Snapshot& snapshot, std::string& out) {
  out += R"({"timestamp_ns":)";
  append_integer(snapshot.wall_ns, out);
  out += R"(,"groups":[)";
  for (const GroupRow& group : snapshot.groups) {
    if (!out.ends_with('[')) out += ',';
    out += R"({"name":)";
    append_string(group.name, out);
    append_members(group.values, kMetrics, out);
    out += '}';
  }
  out += R"(],"self":{)";
  append_members(snapshot.self, kSelfMetrics, out);
  out += "}}\n";
}

}  // namespace proctally::formats
