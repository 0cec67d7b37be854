#include "plugins/collectd/value_lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace proctally::plugins::collectd {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Key;
using testing::Not;
using testing::Pair;

/// What was sent, by "plugin-instance/type-instance".
std::map<std::string, std::vector<double>> send(const Snapshot& snapshot,
                                                const HiddenFamilies& hidden = {}) {
  std::map<std::string, std::vector<double>> sent;
  ValueLists().send(snapshot, hidden, [&](const ValueList& list) {
    EXPECT_EQ(list.wall_ns, snapshot.wall_ns);
    auto name = std::string(list.plugin);
    if (!list.plugin_instance.empty()) name += "-" + std::string(list.plugin_instance);
    name += "/" + std::string(list.type);
    if (!list.type_instance.empty()) name += "-" + std::string(list.type_instance);
    std::vector<double> numbers;
    for (const auto& number : list.numbers) {
      numbers.push_back(list.kind == Kind::counter ? static_cast<double>(number.derive)
                                                   : number.gauge);
    }
    EXPECT_TRUE(sent.emplace(name, numbers).second) << name << " was sent twice";
  });
  return sent;
}

Snapshot snapshot_of(std::string_view group) {
  Snapshot snapshot;
  snapshot.wall_ns = 1'763'845'200'123'456'789;
  snapshot.groups.push_back({group, {}});
  return snapshot;
}

TEST(ValueListsTest, MetricsOfOneTypeAreSentTogether) {
  auto snapshot = snapshot_of("web");
  auto& values = snapshot.groups[0].values;
  values[Metric::cpu_time_user] = Value::seconds(1'500'000'000);
  values[Metric::cpu_time_system] = Value::seconds(250'000'000);
  values[Metric::procs_zombie] = Value::integer(3);
  EXPECT_THAT(send(snapshot),
              ElementsAre(Pair("proctally-web/ps_cputime", ElementsAre(1'500'000, 250'000)),
                          Pair("proctally-web/ps_state-zombies", ElementsAre(3))));
}

TEST(ValueListsTest, AListOfWhichAValueIsAbsentIsNotSent) {
  auto snapshot = snapshot_of("web");
  snapshot.groups[0].values[Metric::read_bytes] = Value::integer(1);
  EXPECT_THAT(send(snapshot), ElementsAre());
}

TEST(ValueListsTest, ItsOwnRowIsAPluginOfItsOwn) {
  Snapshot snapshot;
  snapshot.self[SelfMetric::scan_seconds] = Value::seconds(2'000'000);
  snapshot.self[SelfMetric::cpu_host_seconds] = Value::seconds(5'000'000);
  EXPECT_THAT(send(snapshot),
              ElementsAre(Pair("proctally_self/duration-scan", ElementsAre(0.002)),
                          Pair("proctally_self/total_time_in_ms-cpu_host", ElementsAre(5))));
}

TEST(ValueListsTest, HiddenFamiliesOfAGroupAreNotSentAndThoseOfOthersAre) {
  auto snapshot = snapshot_of("web");
  snapshot.groups.push_back({"db", {}});
  for (auto& group : snapshot.groups) {
    group.values[Metric::num_fds] = Value::integer(7);
    group.values[Metric::memory_rss] = Value::integer(1);
  }
  HiddenFamilies hidden;
  hidden["web"].set(static_cast<std::size_t>(Family::fds));
  const auto sent = send(snapshot, hidden);
  EXPECT_THAT(sent, Not(Contains(Key("proctally-web/file_handles"))));
  EXPECT_THAT(sent, Contains(Key("proctally-web/ps_rss")));
  EXPECT_THAT(sent, Contains(Key("proctally-db/file_handles")));
}

TEST(ValueListsTest, NamesOfGroupsAreCleaned) {
  auto snapshot = snapshot_of("a/b");
  snapshot.groups[0].values[Metric::num_fds] = Value::integer(7);
  EXPECT_THAT(send(snapshot), ElementsAre(Key("proctally-a_b~e620c3190468cf61/file_handles")));
}

TEST(ValueListsTest, EveryMetricOfTheCatalogueHasItsListAndNoTwoShareOne) {
  auto snapshot = snapshot_of("web");
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    snapshot.groups[0].values[static_cast<Metric>(i)] =
        kMetrics[i].type == ValueType::seconds ? Value::seconds(i) : Value::integer(i);
  }
  std::size_t numbers = 0;
  for (const auto& [name, values] : send(snapshot)) numbers += values.size();
  EXPECT_EQ(numbers, kMetricCount - 1);  // cpu_time is the sum of two others.
}

}  // namespace
}  // namespace proctally::plugins::collectd
