#include "formats/influx.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "core/metrics.h"
#include "tests/formats/golden.h"
#include "tests/formats/raised_locale.h"
#include "tests/formats/sample_snapshots.h"
#include "tests/support/allocations.h"
#include "tests/support/line_protocol.h"

namespace proctally::formats {
namespace {

using support::FieldValue;
using support::parse_line_protocol;
using support::ProtocolLine;
using testing::ElementsAre;
using testing::Pair;

std::string influx(const Snapshot& snapshot, const InfluxNames& names = {}) {
  std::string out;
  append_influx(snapshot, names, out);
  return out;
}

Snapshot one_group(std::string_view name, Metric metric, Value value) {
  Snapshot snapshot;
  snapshot.wall_ns = 42;
  snapshot.groups.push_back({name, {}});
  snapshot.groups[0].values[metric] = value;
  return snapshot;
}

TEST(InfluxTest, WritesEveryMetricAsInTheGoldenFile) {
  expect_golden("small_host.influx", influx(small_host()));
}

TEST(InfluxTest, AppendsBehindWhatIsThere) {
  std::string out = "before\n";
  append_influx(one_group("a", Metric::num_procs, Value::integer(3)), {}, out);
  EXPECT_EQ(out, "before\nproctally,groupname=a num_procs=3i 42\n");
}

TEST(InfluxTest, AnEmptySnapshotIsNoText) { EXPECT_EQ(influx({}), ""); }

TEST(InfluxTest, ARowWithNothingKnownIsLeftOut) {
  Snapshot snapshot = one_group("a", Metric::num_procs, Value::integer(0));
  snapshot.groups.insert(snapshot.groups.begin(), {"0 nothing", {}});
  snapshot.groups.push_back({"z nothing", {}});
  EXPECT_EQ(influx(snapshot), "proctally,groupname=a num_procs=0i 42\n");
}

TEST(InfluxTest, EscapesAsTheTelegrafParsersUnescape) {
  const Value one = Value::integer(1);
  EXPECT_EQ(influx(one_group(R"(a,b=c d"e\x0a,)", Metric::num_procs, one)),
            R"(proctally,groupname=a\,b\=c\ d"e\x0a\, num_procs=1i 42)"
            "\n");
}

TEST(InfluxTest, EscapesTheNamesThatAUserChose) {
  const Snapshot snapshot = one_group("a", Metric::num_procs, Value::integer(1));
  const std::string text = influx(snapshot, {"my procs,a=b", "group, of=x"});
  EXPECT_EQ(text, R"(my\ procs\,a=b,group\,\ of\=x=a num_procs=1i 42)"
                  "\n");
  const std::vector<ProtocolLine> lines = parse_line_protocol(text);
  EXPECT_EQ(lines.at(0).measurement, "my procs,a=b");
  EXPECT_THAT(lines.at(0).tags, ElementsAre(Pair("group, of=x", "a")));
}

TEST(InfluxTest, EveryAwkwardNameReadsBackAndLeavesItsNeighboursAlone) {
  Snapshot snapshot;
  for (const std::string& name : awkward_names()) {
    GroupRow& row = snapshot.groups.emplace_back();
    row.name = name;
    row.values[Metric::num_procs] = Value::integer(snapshot.groups.size());
  }
  const std::vector<ProtocolLine> lines = parse_line_protocol(influx(snapshot));
  ASSERT_EQ(lines.size(), snapshot.groups.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i].measurement, "proctally");
    EXPECT_THAT(lines[i].tags, ElementsAre(Pair("groupname", snapshot.groups[i].name)));
    EXPECT_THAT(lines[i].fields,
                ElementsAre(Pair("num_procs", FieldValue(static_cast<std::int64_t>(i + 1)))));
  }
}

TEST(InfluxTest, FieldsHaveTheNamesOrderAndTypesOfTheCatalogue) {
  const std::vector<ProtocolLine> lines = parse_line_protocol(influx(small_host()));
  ASSERT_EQ(lines.size(), 9);
  EXPECT_EQ(lines[2].measurement, "proctally_threads");
  EXPECT_EQ(lines[8].measurement, "proctally_self");
  EXPECT_TRUE(lines[8].tags.empty());
  const auto expect_catalogue = [](const auto& fields, const auto& catalogue) {
    ASSERT_EQ(fields.size(), catalogue.size());
    for (std::size_t i = 0; i < catalogue.size(); ++i) {
      EXPECT_EQ(fields[i].first, catalogue[i].name);
      EXPECT_EQ(std::holds_alternative<std::int64_t>(fields[i].second),
                catalogue[i].type == ValueType::integer)
          << fields[i].first;
    }
  };
  expect_catalogue(lines[0].fields, kMetrics);
  expect_catalogue(lines[2].fields, kThreadMetrics);
  expect_catalogue(lines[8].fields, kSelfMetrics);
}

TEST(InfluxTest, ThreadsAreRowsOfTheirOwnWithTwoTags) {
  Snapshot snapshot;
  snapshot.wall_ns = 42;
  snapshot.groups.push_back({"a b", {}});
  snapshot.threads.push_back({0, R"(w,1=\x0a)", {}});
  snapshot.threads[0].values[ThreadMetric::num_threads] = Value::integer(2);
  snapshot.threads.push_back({0, "nothing known", {}});
  snapshot.wchans.push_back({0, "ep_poll", 3});
  EXPECT_EQ(influx(snapshot),
            R"(proctally_threads,groupname=a\ b,threadname=w\,1\=\x0a num_threads=2i 42)"
            "\n"
            R"(proctally_wchan,groupname=a\ b,wchan=ep_poll threads=3i 42)"
            "\n");
}

// InfluxDB takes them in any order, and fastest where they are sorted.
TEST(InfluxTest, TagsOfThreadsAreSortedWhateverAUserCallsTheirGroup) {
  Snapshot snapshot;
  snapshot.wall_ns = 42;
  snapshot.groups.push_back({"a", {}});
  snapshot.wchans.push_back({0, "ep_poll", 3});
  EXPECT_EQ(influx(snapshot, {"procs", "zone"}),
            "procs_wchan,wchan=ep_poll,zone=a threads=3i 42\n");
}

TEST(InfluxTest, AllLinesHaveTheOneTimestampOfTheScan) {
  const Snapshot snapshot = busy_host();
  const std::vector<ProtocolLine> lines = parse_line_protocol(influx(snapshot));
  EXPECT_EQ(lines.size(), snapshot.groups.size() + 1);
  for (const ProtocolLine& line : lines) EXPECT_EQ(line.timestamp_ns, snapshot.wall_ns);
}

TEST(InfluxTest, ExtremeNumbersReadBackExactly) {
  constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();
  const auto only_field = [](Metric metric, Value value) {
    return parse_line_protocol(influx(one_group("a", metric, value))).at(0).fields.at(0).second;
  };
  EXPECT_EQ(only_field(Metric::read_bytes, Value::integer(kHuge)),
            FieldValue(std::numeric_limits<std::int64_t>::max()));
  for (const double number : {std::numeric_limits<double>::max(), 5e-324, 1e20, 1e21, 0.1, 5.0}) {
    EXPECT_EQ(only_field(Metric::cpu_usage, Value::real(number)), FieldValue(number));
  }
  EXPECT_EQ(only_field(Metric::cpu_time, Value::seconds(1)), FieldValue(1e-9));
  EXPECT_EQ(only_field(Metric::cpu_time, Value::seconds(3'000'000'000)), FieldValue(3.0));
  EXPECT_EQ(only_field(Metric::cpu_time, Value::seconds(kHuge)), FieldValue(9223372036.854775807));
}

TEST(InfluxTest, ARaisedLocaleChangesNoByte) {
  const std::string expected = influx(busy_host());
  const RaisedLocale raised;
  EXPECT_EQ(influx(busy_host()), expected);
}

TEST(InfluxTest, AllocatesNothingOnceItsBufferHasGrown) {
  const Snapshot snapshot = busy_host();
  const InfluxNames names;
  std::string out;
  append_influx(snapshot, names, out);
  out.clear();
  const std::size_t before = test::allocation_count();
  append_influx(snapshot, names, out);
  EXPECT_EQ(test::allocation_count(), before);
  EXPECT_GT(before, 0);
}

}  // namespace
}  // namespace proctally::formats
