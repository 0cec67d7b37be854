#include "formats/json.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "core/metrics.h"
#include "tests/formats/golden.h"
#include "tests/formats/raised_locale.h"
#include "tests/formats/sample_snapshots.h"

namespace proctally::formats {
namespace {

using nlohmann::ordered_json;

std::string json(const Snapshot& snapshot) {
  std::string out;
  append_json(snapshot, out);
  return out;
}

TEST(JsonTest, WritesEveryMetricAsInTheGoldenFile) {
  expect_golden("small_host.json", json(small_host()));
}

TEST(JsonTest, AnEmptySnapshotIsAnObjectToo) {
  EXPECT_EQ(json({}), R"({"timestamp_ns":0,"groups":[],"self":{}})"
                      "\n");
}

TEST(JsonTest, ScansFollowEachOtherLineByLine) {
  Snapshot snapshot;
  std::string out;
  append_json(snapshot, out);
  snapshot.wall_ns = 1;
  append_json(snapshot, out);
  EXPECT_EQ(out, R"({"timestamp_ns":0,"groups":[],"self":{}})"
                 "\n"
                 R"({"timestamp_ns":1,"groups":[],"self":{}})"
                 "\n");
}

TEST(JsonTest, AGroupOfWhichNothingIsKnownKeepsItsName) {
  Snapshot snapshot;
  snapshot.groups.push_back({"a", {}});
  EXPECT_EQ(ordered_json::parse(json(snapshot))["groups"],
            ordered_json::parse(R"([{"name":"a"}])"));
}

TEST(JsonTest, EveryAwkwardNameReadsBack) {
  Snapshot snapshot;
  for (const std::string& name : awkward_names()) snapshot.groups.push_back({name, {}});
  const std::string text = json(snapshot);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const ordered_json groups = ordered_json::parse(text)["groups"];
  ASSERT_EQ(groups.size(), awkward_names().size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    EXPECT_EQ(groups[i]["name"].get<std::string>(), awkward_names()[i]);
  }
}

TEST(JsonTest, KeysHaveTheNamesOrderAndTypesOfTheCatalogue) {
  const ordered_json read = ordered_json::parse(json(small_host()));
  const auto expect_catalogue = [](auto member, const ordered_json& object, const auto& catalogue) {
    for (const auto& info : catalogue) {
      ASSERT_NE(member, object.end()) << info.name;
      EXPECT_EQ(member.key(), info.name);
      EXPECT_TRUE(member.value().is_number()) << info.name;
      EXPECT_EQ(member.value().is_number_integer(), info.type == ValueType::integer) << info.name;
      ++member;
    }
    EXPECT_EQ(member, object.end());
  };
  ordered_json group = read["groups"][0];
  expect_catalogue(group["threads"]["every metric"].begin(), group["threads"]["every metric"],
                   kThreadMetrics);
  EXPECT_EQ(group["wchan"], ordered_json::parse(R"({"ep_poll":3})"));
  group.erase("threads");
  group.erase("wchan");
  EXPECT_EQ(group.begin().key(), "name");
  expect_catalogue(std::next(group.begin()), group, kMetrics);
  expect_catalogue(read["self"].begin(), read["self"], kSelfMetrics);
}

TEST(JsonTest, AbsentIsNoKeyAndZeroIsOne) {
  const ordered_json group = ordered_json::parse(json(small_host()))["groups"][1];
  EXPECT_EQ(group.size(), 5);
  EXPECT_EQ(group["cpu_usage"], 0);
  EXPECT_EQ(group["num_procs"], 0);
}

TEST(JsonTest, ThreadsStandInTheirGroupByName) {
  const ordered_json groups = ordered_json::parse(json(small_host()))["groups"];
  EXPECT_EQ(groups[1]["threads"], ordered_json::parse(R"json(
      {"_ended": {"cpu_time": 0.0}, "w \"1\",=\\x0a": {"num_threads": 2}})json"));
  EXPECT_EQ(groups[1]["wchan"], ordered_json::parse(R"({"do_wait": 1, "futex_wait": 2})"));
  EXPECT_FALSE(groups[2].contains("threads"));
  EXPECT_FALSE(groups[2].contains("wchan"));
}

TEST(JsonTest, ExtremeNumbersReadBackExactly) {
  Snapshot snapshot;
  snapshot.wall_ns = std::numeric_limits<std::int64_t>::max();
  GroupValues& values = snapshot.groups.emplace_back(GroupRow{"a", {}}).values;
  values[Metric::read_bytes] = Value::integer(std::numeric_limits<std::uint64_t>::max());
  values[Metric::cpu_usage] = Value::real(std::numeric_limits<double>::max());
  values[Metric::cpu_usage_user] = Value::real(5e-324);
  const ordered_json read = ordered_json::parse(json(snapshot));
  const ordered_json& group = read["groups"][0];
  EXPECT_EQ(read["timestamp_ns"].get<std::int64_t>(), snapshot.wall_ns);
  EXPECT_EQ(group["read_bytes"].get<std::int64_t>(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(group["cpu_usage"].get<double>(), std::numeric_limits<double>::max());
  EXPECT_EQ(group["cpu_usage_user"].get<double>(), 5e-324);
}

TEST(JsonTest, ARaisedLocaleChangesNoByte) {
  const std::string expected = json(busy_host());
  const RaisedLocale raised;
  EXPECT_EQ(json(busy_host()), expected);
}

}  // namespace
}  // namespace proctally::formats
