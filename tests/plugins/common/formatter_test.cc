#include "plugins/common/formatter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "core/settings_file.h"

namespace proctally::plugins {
namespace {

using testing::StartsWith;

std::string formatted(const std::string& format, const std::string& settings) {
  Snapshot snapshot;
  snapshot.wall_ns = 5;
  snapshot.groups.push_back({.name = "web"});
  snapshot.groups.back().values[Metric::num_procs] = Value::integer(2);
  snapshot.self[SelfMetric::groups] = Value::integer(1);
  std::string text = "before ";
  make_formatter(format, parse_settings(settings, "test"))(snapshot, text);
  return text;
}

TEST(FormatterTest, AppendsInfluxUnderTheNamesOfTheSettings) {
  EXPECT_EQ(formatted("influx", "{}"),
            "before proctally,groupname=web num_procs=2i 5\nproctally_self groups=1i 5\n");
  EXPECT_EQ(formatted("influx", R"({"measurement": "procstat", "group_tag": "process_name"})"),
            "before procstat,process_name=web num_procs=2i 5\nproctally_self groups=1i 5\n");
}

TEST(FormatterTest, AppendsJson) {
  const auto text = formatted("json", "{}");
  ASSERT_THAT(text, StartsWith("before "));
  EXPECT_TRUE(nlohmann::json::accept(text.substr(7))) << text;
}

TEST(FormatterTest, KnowsEachNameItOffers) {
  EXPECT_EQ(format_names().front(), "influx");
  for (const auto& name : format_names()) EXPECT_GT(formatted(name, "{}").size(), 7U) << name;
}

}  // namespace
}  // namespace proctally::plugins
