#include "formats/graphite.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "core/metrics.h"
#include "tests/formats/golden.h"
#include "tests/formats/raised_locale.h"
#include "tests/formats/sample_snapshots.h"
#include "tests/support/allocations.h"
#include "tests/support/graphite_lines.h"

namespace proctally::formats {
namespace {

using support::GraphiteLine;
using support::parse_graphite;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::int64_t kTick = 1'763'845'200;

const GraphiteNames& path_names() {
  static const auto kNames = GraphiteNames::paths(GraphiteTemplate(), "proctally", "web01");
  return kNames;
}
const GraphiteNames& tag_names() {
  static const auto kNames = GraphiteNames::tags("proctally", "web01");
  return kNames;
}

std::string graphite(const Snapshot& snapshot, const GraphiteNames& names = path_names()) {
  std::string out;
  append_graphite(snapshot, names, kTick, out);
  return out;
}

Snapshot one_group(std::string_view name, Metric metric, Value value) {
  Snapshot snapshot;
  snapshot.wall_ns = 42;
  snapshot.groups.push_back({name, {}});
  snapshot.groups[0].values[metric] = value;
  return snapshot;
}

std::string only_series(const GraphiteNames& names, std::string_view group = "nginx") {
  const auto snapshot = one_group(group, Metric::num_procs, Value::integer(1));
  return parse_graphite(graphite(snapshot, names)).at(0).series;
}

TEST(GraphiteTest, WritesEveryMetricAsInTheGoldenFile) {
  expect_golden("small_host.graphite", graphite(small_host()));
}

TEST(GraphiteTest, WritesTagsAsInTheGoldenFile) {
  expect_golden("small_host.graphite_tags", graphite(small_host(), tag_names()));
}

TEST(GraphiteTest, AppendsBehindWhatIsThereWithTheTickOfTheCaller) {
  std::string out = "before\n";
  append_graphite(one_group("a", Metric::num_procs, Value::integer(3)), path_names(), 170, out);
  EXPECT_EQ(out, "before\nproctally.web01.a.num_procs 3 170\n");
}

TEST(GraphiteTest, AnEmptySnapshotIsNoText) { EXPECT_EQ(graphite({}), ""); }

TEST(GraphiteTest, AbsentIsNoLineAndZeroIsOne) {
  Snapshot snapshot;
  snapshot.groups.resize(3, {"a", {}});
  snapshot.groups[1] = {"b", {}};
  snapshot.groups[1].values[Metric::num_procs] = Value::integer(0);
  snapshot.groups[1].values[Metric::cpu_usage] =
      Value::real(std::numeric_limits<double>::quiet_NaN());
  snapshot.groups[1].values[Metric::cpu_usage_host] =
      Value::real(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(graphite(snapshot), "proctally.web01.b.num_procs 0 1763845200\n");
  EXPECT_EQ(graphite(snapshot, tag_names()),
            "proctally.num_procs;groupname=b;host=web01 0 1763845200\n");
}

TEST(GraphiteTest, LinesHaveTheNamesOrderAndTypesOfTheCatalogue) {
  const auto all = small_host();
  Snapshot whole_rows = all;
  whole_rows.groups.resize(1);
  for (const auto* names : {&path_names(), &tag_names()}) {
    const auto lines = parse_graphite(graphite(whole_rows, *names));
    ASSERT_EQ(lines.size(), kMetricCount + kSelfMetricCount);
    std::size_t at = 0;
    const auto expect_catalogue = [&](const auto& catalogue) {
      for (const auto& info : catalogue) {
        const auto& line = lines[at++];
        EXPECT_EQ(line.nodes.back(), info.name);
        EXPECT_EQ(line.seconds, kTick);
        EXPECT_EQ(line.value_text.find_first_not_of("0123456789") == std::string::npos,
                  info.type == ValueType::integer)
            << line.series << ' ' << line.value_text;
      }
    };
    expect_catalogue(kMetrics);
    expect_catalogue(kSelfMetrics);
  }
}

TEST(GraphiteTest, ExtremeNumbersReadBackExactlyAndIntegersHaveNoExponent) {
  constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();
  const auto line_of = [](Metric metric, Value value) {
    return parse_graphite(graphite(one_group("a", metric, value))).at(0);
  };
  EXPECT_EQ(line_of(Metric::read_bytes, Value::integer(kHuge)).value_text, "9223372036854775807");
  EXPECT_EQ(line_of(Metric::read_bytes, Value::integer(100'000'000'000)).value_text,
            "100000000000");
  for (const double number : {std::numeric_limits<double>::max(), 5e-324, 2.2250738585072014e-308,
                              1e20, 1e21, 123456789012345680.0, 0.1, 5.0, -0.5, 1e-7, 0.0}) {
    EXPECT_EQ(line_of(Metric::cpu_usage, Value::real(number)).value, number);
  }
  EXPECT_EQ(line_of(Metric::cpu_time, Value::seconds(1)).value, 1e-9);
  EXPECT_EQ(line_of(Metric::cpu_time, Value::seconds(3'000'000'000)).value, 3.0);
  EXPECT_EQ(line_of(Metric::cpu_time, Value::seconds(kHuge)).value, 9223372036.854775807);
}

/// Labels as the core makes them, and such as it never would: here the format stands alone.
std::deque<std::string> hostile_labels() {
  std::deque<std::string> labels = awkward_names();
  for (int byte = 0; byte < 256; ++byte) {
    const std::string c(1, static_cast<char>(byte));
    for (auto& label : {c, "x" + c, c + "x", "x" + c + "y", "x 1 1\n" + c + " 2 2\n"}) {
      labels.push_back(label);
    }
  }
  for (const char* label : {"", "proctally_self", "proctally_self.scan_seconds", "a;host=b",
                            "m{a=\"b\"}", "\"}", "..", "../../x", "~", "name", "a b", "a_b"}) {
    labels.emplace_back(label);
  }
  labels.emplace_back(10'000, 'x');
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

TEST(GraphiteTest, NoNameBreaksALineOrTakesTheSeriesOfAnother) {
  const auto labels = hostile_labels();
  Snapshot snapshot;
  for (const auto& label : labels) {
    GroupRow& row = snapshot.groups.emplace_back();
    row.name = label;
    row.values[Metric::num_procs] = Value::integer(snapshot.groups.size());
  }
  snapshot.self[SelfMetric::groups] = Value::integer(0);
  for (const auto* names : {&path_names(), &tag_names()}) {
    const auto lines = parse_graphite(graphite(snapshot, *names));
    ASSERT_EQ(lines.size(), labels.size() + 1);
    std::set<std::string> series;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      EXPECT_EQ(lines[i].value, i < labels.size() ? static_cast<double>(i + 1) : 0);
      EXPECT_EQ(lines[i].nodes.size(), lines[0].nodes.size());
      EXPECT_TRUE(series.insert(lines[i].series).second) << lines[i].series;
    }
  }
}

TEST(GraphiteTest, ANodeDoesNotDependOnOtherGroups) {
  const auto alone = graphite(one_group("my app", Metric::num_procs, Value::integer(1)));
  Snapshot snapshot;
  for (const auto* label : {"my app", "my/app", "my_app"}) {
    snapshot.groups.push_back({label, {}});
    snapshot.groups.back().values[Metric::num_procs] = Value::integer(1);
  }
  EXPECT_THAT(graphite(snapshot), HasSubstr(alone));
}

TEST(GraphiteTest, ProctallysOwnRowsAreApartFromEveryGroup) {
  const auto own_line = [](const GraphiteNames& names, const GraphiteSubject& subject) {
    std::string out;
    append_graphite_line(names, subject, "sent", Value::integer(7), kTick, out);
    return parse_graphite(out).at(0).series;
  };
  EXPECT_EQ(own_line(path_names(), {}), "proctally.web01.proctally_self.sent");
  EXPECT_EQ(own_line(path_names(), {"destination", "carbon"}),
            "proctally.web01.proctally_self.destination.carbon.sent");
  EXPECT_EQ(own_line(path_names(), {"destination", "carbon:2003"}),
            "proctally.web01.proctally_self.destination.carbon_2003_cf6a7624.sent");
  EXPECT_EQ(own_line(tag_names(), {}), "proctally_self.sent;host=web01");
  EXPECT_EQ(own_line(tag_names(), {"destination", "tcp://carbon:2003"}),
            "proctally_self.sent;destination=tcp://carbon:2003;host=web01");
  const auto metric_first =
      GraphiteNames::paths(GraphiteTemplate("{prefix}.{metric}.on-{host}.{group}-x"), "p", "h");
  EXPECT_EQ(own_line(metric_first, {}), "p.sent.on-h.proctally_self-x");
  EXPECT_EQ(own_line(metric_first, {"destination", "carbon"}),
            "p.sent.on-h.proctally_self.destination.carbon-x");
}

TEST(GraphiteTest, AnOwnLineIsCleanedAndLeftOutWhereTheValueIsAbsent) {
  std::string out;
  append_graphite_line(path_names(), {"destination", "a"}, "sent", Value(), kTick, out);
  EXPECT_EQ(out, "");
  append_graphite_line(path_names(), {"to a", "\n;\xff"}, "se nt.\n", Value::real(0.5), kTick, out);
  append_graphite_line(path_names(), {"a", "~{x=\"y\"}"}, "", Value::integer(5), kTick, out);
  append_graphite_line(tag_names(), {"a", "\n;\xff"}, "se nt.\n", Value::real(0.5), kTick, out);
  append_graphite_line(tag_names(), {"a", "~{x=\"y\"}"}, "", Value::integer(5), kTick, out);
  EXPECT_EQ(parse_graphite(out).size(), 4);
}

TEST(GraphiteTest, TagsAreSortedAndHostIsTheLast) {
  const auto names = GraphiteNames::tags("key.x", "web01.example.com");
  const auto lines =
      parse_graphite(graphite(one_group("{a=\"b\"}", Metric::num_procs, Value::integer(1)), names));
  EXPECT_EQ(lines.at(0).series, "key.x.num_procs;groupname={a=\"b\"};host=web01.example.com");
  EXPECT_THAT(lines.at(0).tags,
              ElementsAre(Pair("groupname", "{a=\"b\"}"), Pair("host", "web01.example.com")));
}

TEST(GraphiteTest, ATemplateSaysWhereEachPartStands) {
  const auto series = [](const char* text) {
    return only_series(GraphiteNames::paths(GraphiteTemplate(text), "p.q", "com.web"));
  };
  EXPECT_EQ(series("{prefix}.{host}.{group}.{metric}"), "p.q.com.web.nginx.num_procs");
  EXPECT_EQ(series("{prefix}.procs.{group}.{metric}.{host}"), "p.q.procs.nginx.num_procs.com.web");
  EXPECT_EQ(series("a-{metric}_b.{host}.c-{group}-d"), "a-num_procs_b.com.web.c-nginx-d");
  EXPECT_EQ(series("{group}.{metric}"), "nginx.num_procs");
  EXPECT_EQ(series("{metric}.{prefix}-{host}.{group}"), "num_procs.p.q-com.web.nginx");
}

TEST(GraphiteTest, APrefixIsVerbatim) {
  const auto names = GraphiteNames::paths(GraphiteTemplate(), "8c1f:42@k.x", "web01");
  EXPECT_EQ(graphite(one_group("a", Metric::num_procs, Value::integer(1)), names),
            "8c1f:42@k.x.web01.a.num_procs 1 1763845200\n");
}

TEST(GraphiteTest, NamesThatCouldNotBeStoredAreRefused) {
  const auto message = [](const auto& make) -> std::string {
    try {
      (void)make();
      return "";
    } catch (const GraphiteNameError& error) {
      return error.what();
    }
  };
  const auto paths = [&](const std::string& text, const std::string& prefix,
                         const std::string& host) {
    return message([&] { return GraphiteNames::paths(GraphiteTemplate(text), prefix, host); });
  };
  const std::string usual(kDefaultGraphiteTemplate);
  EXPECT_THAT(paths(usual, "", "h"), HasSubstr("the prefix is empty"));
  EXPECT_THAT(paths(usual, "collectd.", "h"), HasSubstr("the prefix has a dot at position 9"));
  EXPECT_THAT(paths(usual, "a b", "h"), HasSubstr("the prefix has a character that"));
  EXPECT_THAT(paths(usual, "p", "h;x"), HasSubstr("the host has a character that"));
  EXPECT_THAT(message([] { return GraphiteNames::tags("p;", "h"); }), HasSubstr("the prefix has"));
  EXPECT_THAT(message([] { return GraphiteNames::tags("p", ""); }), HasSubstr("the host is empty"));

  EXPECT_EQ(paths(usual, std::string(251, 'p'), std::string(251, 'h')), "");
  EXPECT_THAT(paths(usual, "a." + std::string(252, 'p'), "h"),
              AllOf(HasSubstr("nodes of up to 252 bytes, 251 at most"), HasSubstr("\"pppp")));
  EXPECT_THAT(paths(usual, "p", std::string(252, 'h')), HasSubstr("252 bytes, 251 at most"));
  const std::string text51(51, 't');
  EXPECT_EQ(paths(text51 + "{group}.{metric}", "p", "h"), "");
  EXPECT_THAT(paths(text51 + "t{group}.{metric}", "p", "h"), HasSubstr("252 bytes, 251 at most"));
  std::string deep = "d";
  while (deep.size() < 1700) deep += ".d";
  EXPECT_THAT(paths(usual, deep, "h"),
              HasSubstr("the names of series would have up to 2105 bytes"));
  EXPECT_THAT(message([&] { return GraphiteNames::tags(deep, "h"); }), HasSubstr("2048 at most"));
}

TEST(GraphiteTest, NoLineIsAsLongAs4KiB) {
  const std::string node(kMaxNodeFileBytes, 'n');
  const std::string longest(1000, 'l');
  const std::string prefix = node + '.' + node + '.' + node;
  const std::string host = node + '.' + node + '.' + node + ".123456789";
  for (const auto& names : {GraphiteNames::paths(GraphiteTemplate(), prefix, host),
                            GraphiteNames::tags(prefix, host)}) {
    auto text = graphite(
        one_group(longest, Metric::cpu_usage, Value::real(-2.2250738585072014e-308)), names);
    append_graphite_line(names, {longest, longest}, longest, Value::real(-2.2250738585072014e-308),
                         std::numeric_limits<std::int64_t>::max(), text);
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = text.find('\n', begin);
      EXPECT_LT(end - begin, 4096);
      EXPECT_GT(end - begin, 1500);
      begin = end + 1;
    }
  }
}

TEST(GraphiteTest, ARaisedLocaleChangesNoByte) {
  for (const auto* names : {&path_names(), &tag_names()}) {
    const auto expected = graphite(busy_host(), *names);
    const RaisedLocale raised;
    EXPECT_EQ(graphite(busy_host(), *names), expected);
  }
}

TEST(GraphiteTest, AllocatesNothingOnceItsBufferHasGrown) {
  const Snapshot snapshot = busy_host();
  const std::string destination = "tcp://carbon.example.com:2003";
  for (const auto* names : {&path_names(), &tag_names()}) {
    std::string out;
    const auto append_all = [&] {
      append_graphite(snapshot, *names, kTick, out);
      append_graphite_line(*names, {"destination", destination}, "sent", Value::integer(1), kTick,
                           out);
    };
    append_all();
    out.clear();
    const std::size_t before = test::allocation_count();
    append_all();
    EXPECT_EQ(test::allocation_count(), before);
    EXPECT_GT(before, 0);
  }
}

}  // namespace
}  // namespace proctally::formats
