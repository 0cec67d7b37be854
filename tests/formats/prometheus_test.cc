#include "formats/prometheus.h"

#include <gmock/gmock.h>

#include <set>
#include <string>

#include "core/metrics.h"
#include "tests/formats/golden.h"
#include "tests/formats/raised_locale.h"
#include "tests/formats/sample_snapshots.h"
#include "tests/support/exposition.h"

namespace proctally::formats {
namespace {

using test::Exposition;
using test::read_exposition;

std::string prometheus(const Snapshot& snapshot) {
  std::string out;
  append_prometheus(snapshot, out);
  return out;
}

TEST(PrometheusTest, WritesEveryMetricAsInTheGoldenFile) {
  expect_golden("small_host.prom", prometheus(small_host()));
}

TEST(PrometheusTest, AnEmptySnapshotIsNoText) { EXPECT_EQ(prometheus({}), ""); }

TEST(PrometheusTest, LeavesOutAFamilyOfWhichNothingIsKnown) {
  Snapshot snapshot;
  snapshot.groups.push_back({"a", {}});
  snapshot.groups[0].values[Metric::num_procs] = Value::integer(3);
  EXPECT_EQ(prometheus(snapshot),
            "# HELP namedprocess_namegroup_num_procs processes, zombies too\n"
            "# TYPE namedprocess_namegroup_num_procs gauge\n"
            "namedprocess_namegroup_num_procs{groupname=\"a\"} 3\n");
}

TEST(PrometheusTest, EachMetricOfTheCatalogueWithANameThereReadsBack) {
  const auto snapshot = small_host();
  const auto read = read_exposition(prometheus(snapshot));
  ASSERT_EQ(read.problem, "");
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const auto& name = kMetrics.at(i).prometheus;
    if (name.family.empty()) continue;
    Exposition::Labels labels{{"groupname", "every metric"}};
    if (!name.label.empty()) labels.emplace(name.label, name.value);
    const auto family = "namedprocess_namegroup_" + std::string(name.family);
    const auto found = read.samples.find({family, labels});
    ASSERT_NE(found, read.samples.end()) << kMetrics.at(i).name;
    const auto expected = snapshot.groups[0].values[static_cast<Metric>(i)].as_real();
    EXPECT_DOUBLE_EQ(found->second, family.ends_with("_ratio") ? expected / 100 : expected);
    EXPECT_EQ(read.types.at(family), kMetrics.at(i).kind == Kind::counter ? "counter" : "gauge");
  }
}

TEST(PrometheusTest, CallsWhatIsCountedByAnEndingThatSaysSo) {
  for (const auto& info : kMetrics) {
    if (info.prometheus.family.empty()) continue;
    EXPECT_EQ(info.prometheus.family.ends_with("_total"), info.kind == Kind::counter) << info.name;
  }
  for (const auto& info : kThreadMetrics) {
    if (info.prometheus.family.empty()) continue;
    EXPECT_EQ(info.prometheus.family.ends_with("_total"), info.kind == Kind::counter) << info.name;
  }
}

// promtool takes it for a part of a histogram.
TEST(PrometheusTest, LeavesTheTypeOpenOfANameThatEndsInCount) {
  const auto read = read_exposition(prometheus(small_host()));
  EXPECT_EQ(read.types.at("namedprocess_namegroup_thread_count"), "untyped");
}

TEST(PrometheusTest, NoTwoMetricsAreOneSeries) {
  std::set<std::string> series;
  for (const auto& info : kMetrics) {
    const auto& name = info.prometheus;
    if (name.family.empty()) continue;
    EXPECT_TRUE(series.insert(std::string(name.family) + "/" + std::string(name.value)).second)
        << info.name;
  }
  for (const auto& info : kThreadMetrics) {
    const auto& name = info.prometheus;
    if (name.family.empty()) continue;
    EXPECT_TRUE(series.insert(std::string(name.family) + "/" + std::string(name.value)).second)
        << info.name;
  }
}

TEST(PrometheusTest, EveryAwkwardNameReadsBack) {
  Snapshot snapshot;
  for (const std::string& name : awkward_names()) {
    snapshot.groups.push_back({name, {}});
    snapshot.groups.back().values[Metric::num_procs] = Value::integer(snapshot.groups.size());
    snapshot.threads.push_back({snapshot.groups.size() - 1, name, {}});
    snapshot.threads.back().values[ThreadMetric::num_threads] = Value::integer(1);
    snapshot.wchans.push_back({snapshot.groups.size() - 1, name, 2});
  }
  const auto read = read_exposition(prometheus(snapshot));
  ASSERT_EQ(read.problem, "");
  std::size_t i = 0;
  for (const std::string& name : awkward_names()) {
    ++i;
    const auto at = [&](const std::string& family, const Exposition::Labels& labels) {
      const auto found = read.samples.find({"namedprocess_namegroup_" + family, labels});
      return found == read.samples.end() ? -1 : found->second;
    };
    EXPECT_EQ(at("num_procs", {{"groupname", name}}), static_cast<double>(i)) << name;
    EXPECT_EQ(at("thread_count", {{"groupname", name}, {"threadname", name}}), 1) << name;
    EXPECT_EQ(at("threads_wchan", {{"groupname", name}, {"wchan", name}}), 2) << name;
  }
  EXPECT_EQ(read.samples.size(), 3 * awkward_names().size());
}

TEST(PrometheusTest, DoesNotFollowTheLocale) {
  const auto expected = prometheus(small_host());
  const RaisedLocale locale;
  EXPECT_EQ(prometheus(small_host()), expected);
}

TEST(PrometheusTest, ProcessExportersOwnCountersAreThere) {
  const auto read = read_exposition(prometheus(small_host()));
  for (const auto* name : {"namedprocess_scrape_errors", "namedprocess_scrape_partial_errors",
                           "namedprocess_scrape_procread_errors"}) {
    EXPECT_EQ(read.samples.count({name, {}}), 1U) << name;
  }
}

TEST(ExpositionReader, FindsWhatIsWrong) {
  const auto problem = [](const std::string& text) { return read_exposition(text).problem; };
  EXPECT_EQ(problem("# HELP a b\n# TYPE a gauge\na 1\n"), "");
  EXPECT_NE(problem("a 1\n"), "");                                          // No head.
  EXPECT_NE(problem("# HELP a b\n# TYPE a gauge\na 1"), "");                // No newline.
  EXPECT_NE(problem("# HELP a b\n# TYPE a gauge\na 1\na 2\n"), "");         // Twice.
  EXPECT_NE(problem("# HELP a b\n# TYPE a gauge\na{b=\"\xff\"} 1\n"), "");  // No UTF-8.
  EXPECT_NE(problem("# HELP a b\n# TYPE a gauge\na{b=\"\\x\"} 1\n"), "");   // No such escape.
  EXPECT_NE(problem("# HELP a b\n# TYPE a gauge\na{b=\"c\" 1\n"), "");      // Not closed.
  EXPECT_NE(problem("# HELP a b\n# TYPE a gauge\na NaN\n"), "");            // No number.
  EXPECT_NE(problem("# HELP a b\n# TYPE a counter\na -1\n"), "");           // It fell.
  EXPECT_NE(problem("# HELP a b\n# TYPE a gauge\na 1\n# HELP c d\n# TYPE c gauge\nc 1\n# HELP a b\n"
                    "# TYPE a gauge\na{b=\"c\"} 1\n"),
            "");  // In two pieces.
}

}  // namespace
}  // namespace proctally::formats
