#include "plugins/graphite/schema.h"

#include <gmock/gmock.h>

#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "formats/graphite.h"

namespace proctally::plugins::graphite {
namespace {

using formats::GraphiteNames;
using formats::GraphiteTemplate;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

/// What a pusher counts of itself, and what it does not count.
constexpr std::array<MetricInfo, 5> kOwn = {
    {{"sent", Kind::counter, ValueType::integer, "", "", {}},
     {"queued", Kind::gauge, ValueType::integer, "", "", {}},
     {"delay_max", Kind::gauge, ValueType::seconds, "s", "", {}},
     {"last_success", Kind::gauge, ValueType::integer, "Unix s", "", {}},
     {"drops_max", Kind::counter, ValueType::integer, "", "", {}}}};

struct Section {
  std::string name;
  std::map<std::string, std::string> options;
  std::regex pattern;
};

/// As carbon reads both files: Python's ConfigParser, which refuses a section or option that comes
/// again, and takes a percent sign as the beginning of something else.
std::vector<Section> parse_sections(const std::string& text) {
  std::vector<Section> sections;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with('[')) {
      EXPECT_TRUE(line.ends_with(']')) << line;
      const auto name = line.substr(1, line.size() - 2);
      for (const auto& other : sections) EXPECT_NE(other.name, name);
      sections.push_back({name, {}, {}});
      continue;
    }
    const auto equals = line.find(" = ");
    if (sections.empty() || equals == std::string::npos || line.find('%') != std::string::npos) {
      ADD_FAILURE() << line;
      continue;
    }
    EXPECT_TRUE(
        sections.back().options.emplace(line.substr(0, equals), line.substr(equals + 3)).second);
  }
  for (auto& section : sections) section.pattern = section.options.at("pattern");
  return sections;
}

/// The first that matches, as carbon looks for it: with re.search.
const Section* first_match(const std::vector<Section>& sections, const std::string& series) {
  for (const auto& section : sections) {
    if (std::regex_search(series, section.pattern)) return &section;
  }
  return nullptr;
}

struct Style {
  std::optional<GraphiteTemplate> path;
  std::string prefix;
};

std::vector<Style> styles() {
  std::vector<Style> styles = {{std::nullopt, "proctally"}, {std::nullopt, "key:#@+=.x"}};
  for (const auto* text :
       {"{prefix}.{host}.{group}.{metric}", "{prefix}.{host}.procs.{group}.{metric}",
        "servers.{host}.process-{group}.{metric}", "{metric}.{host}.{group}", "{group}.{metric}",
        "{host}.{metric}_x.{group}", "a+b.{group}.{metric}.{prefix}-z"}) {
    for (const auto* prefix : {"proctally", "key:#@+=.x"}) {
      styles.push_back({GraphiteTemplate(text), prefix});
    }
  }
  return styles;
}

GraphiteNames names_of(const Style& style, const std::string& host) {
  return style.path ? GraphiteNames::paths(*style.path, style.prefix, host)
                    : GraphiteNames::tags(style.prefix, host);
}

SchemaRequest request_of(const Style& style) {
  return {.path = style.path, .prefix = style.prefix, .own_metrics = kOwn};
}

/// All series of two hosts, each with its metric.
std::vector<std::pair<std::string, MetricInfo>> all_series(const Style& style) {
  std::vector<std::pair<std::string, MetricInfo>> all;
  for (const auto* host : {"web01", "com.example.web-01"}) {
    const auto names = names_of(style, host);
    const auto add = [&](const MetricInfo& info, const auto& append) {
      std::string series;
      append(series);
      all.emplace_back(series, info);
    };
    // Groups may be called like metrics.
    for (const auto* group : {"nginx", "my app", "cpu_time", "fd_usage_max", "proctally_self"}) {
      for (const auto& info : kMetrics) {
        add(info, [&](std::string& out) { names.append(names.group_of(group), info.name, out); });
      }
    }
    for (const auto& info : kSelfMetrics) {
      add(info, [&](std::string& out) { names.append_own({}, info.name, out); });
    }
    for (const auto& info : kOwn) {
      add(info, [&](std::string& out) {
        names.append_own({"destination", "tcp://carbon:2003"}, info.name, out);
      });
    }
  }
  return all;
}

TEST(GraphiteSchemaTest, EverySeriesHasItsRetention) {
  for (const auto& style : styles()) {
    const auto sections = parse_sections(storage_schemas(request_of(style)));
    ASSERT_EQ(sections.size(), 1);
    for (const auto& [series, info] : all_series(style)) {
      EXPECT_NE(first_match(sections, series), nullptr) << series;
    }
  }
}

TEST(GraphiteSchemaTest, TheFirstRuleThatMatchesIsTheRightOneForEachSeries) {
  for (const auto& style : styles()) {
    const auto sections = parse_sections(storage_aggregation(request_of(style)));
    for (const auto& [series, info] : all_series(style)) {
      const auto* section = first_match(sections, series);
      ASSERT_NE(section, nullptr) << series;
      const bool is_last = info.kind == Kind::counter || info.name == "oldest_start_time" ||
                           info.name == "last_success";
      const bool is_max = !is_last && info.name.ends_with("_max");
      EXPECT_EQ(section->options.at("aggregationMethod"), is_last  ? "last"
                                                          : is_max ? "max"
                                                                   : "average")
          << series;
      EXPECT_EQ(section->options.at("xFilesFactor"), is_last || is_max ? "0" : "0.3") << series;
    }
  }
}

TEST(GraphiteSchemaTest, SeriesOfOthersAreLeftAlone) {
  for (const auto& style : styles()) {
    for (const auto& text :
         {storage_schemas(request_of(style)), storage_aggregation(request_of(style))}) {
      const auto sections = parse_sections(text);
      for (const auto* series :
           {"carbon.agents.web01-a.cpuUsage", "collectd.web01.processes-nginx.ps_rss",
            "proctallyx.web01.nginx.other", "xproctally.web01.nginx.other", "keyx.web01.a.b",
            "cpu.total;host=web01", "proctally_self"}) {
        EXPECT_EQ(first_match(sections, series), nullptr) << series << '\n' << text;
      }
    }
  }
}

TEST(GraphiteSchemaTest, TheUsualFilesAreShortAndClear) {
  const SchemaRequest usual{.path = GraphiteTemplate(), .prefix = "proctally", .own_metrics = {}};
  EXPECT_THAT(storage_schemas(usual),
              testing::EndsWith("One series takes 778 kB. Files that are there already keep what\n"
                                "# they were made with; whisper-resize changes them.\n"
                                "[proctally]\n"
                                "pattern = ^proctally\\.\n"
                                "retentions = 10s:6h,1m:7d,10m:1y\n"));
  EXPECT_THAT(storage_schemas(usual), StartsWith("# For storage-schemas.conf, "));
  const auto rules = storage_aggregation(usual);
  EXPECT_THAT(rules, StartsWith("# For storage-aggregation.conf, "));
  EXPECT_THAT(rules, HasSubstr("[proctally_last]\n"
                               "pattern = ^proctally\\..+\\..+\\.(cpu_time|cpu_time_user|"));
  EXPECT_THAT(
      rules,
      HasSubstr("[proctally_max]\n"
                "pattern = ^proctally\\..+\\..+\\.(cpu_usage_max|memory_rss_max|fd_usage_max)$\n"
                "xFilesFactor = 0\n"
                "aggregationMethod = max\n"));
  EXPECT_THAT(rules, testing::EndsWith("[proctally_average]\n"
                                       "pattern = ^proctally\\.\n"
                                       "xFilesFactor = 0.3\n"
                                       "aggregationMethod = average\n"));
  const SchemaRequest tags{.prefix = "key.x", .own_metrics = {}};
  EXPECT_THAT(storage_schemas(tags), HasSubstr("[key_x]\npattern = ^key\\.x(_self)?\\.\n"));
  EXPECT_THAT(
      storage_aggregation(tags),
      HasSubstr("pattern = ^key\\.x(_self)?\\.(cpu_usage_max|memory_rss_max|fd_usage_max);\n"));
}

std::string retentions(std::chrono::seconds interval) {
  const auto sections = parse_sections(
      storage_schemas({.path = GraphiteTemplate(), .prefix = "p", .interval = interval}));
  return sections.at(0).options.at("retentions");
}

TEST(GraphiteSchemaTest, TheFirstStepIsTheInterval) {
  EXPECT_EQ(retentions(1s), "1s:6h,1m:7d,10m:1y");
  EXPECT_EQ(retentions(10s), "10s:6h,1m:7d,10m:1y");
  EXPECT_EQ(retentions(7s), "7s:6h,63s:7d,630s:1y");
  EXPECT_EQ(retentions(45s), "45s:6h,90s:7d,630s:1y");
  EXPECT_EQ(retentions(59s), "59s:6h,118s:7d,708s:1y");
  EXPECT_EQ(retentions(60s), "1m:7d,10m:1y");
  EXPECT_EQ(retentions(90s), "90s:7d,630s:1y");
  EXPECT_EQ(retentions(400s), "400s:7d,800s:1y");
  EXPECT_EQ(retentions(600s), "10m:1y");
  EXPECT_EQ(retentions(1h), "1h:1y");
  EXPECT_EQ(retentions(24h), "1d:1y");
}

std::int64_t seconds_of(const std::string& text) {
  const std::map<char, std::int64_t> units = {
      {'s', 1}, {'m', 60}, {'h', 3'600}, {'d', 86'400}, {'y', 31'536'000}};
  return std::stoll(text) * units.at(text.back());
}

// What whisper.validateArchiveList wants.
TEST(GraphiteSchemaTest, WhisperTakesTheArchivesOfEveryInterval) {
  for (std::int64_t interval = 1; interval <= 86'400; interval += interval < 2'000 ? 1 : 611) {
    std::istringstream archives(retentions(std::chrono::seconds(interval)));
    std::int64_t last_step = 0;
    std::int64_t last_points = 0;
    for (std::string archive; std::getline(archives, archive, ',');) {
      const auto colon = archive.find(':');
      const auto step = seconds_of(archive.substr(0, colon));
      const auto points = seconds_of(archive.substr(colon + 1)) / step;
      if (last_step == 0) {
        ASSERT_EQ(step, interval);
      } else {
        ASSERT_GT(step, last_step) << interval;
        ASSERT_EQ(step % last_step, 0) << interval;
        ASSERT_GT(step * points, last_step * last_points) << interval;
        ASSERT_GE(last_points, step / last_step) << interval;
      }
      last_step = step;
      last_points = points;
    }
  }
}

}  // namespace
}  // namespace proctally::plugins::graphite
