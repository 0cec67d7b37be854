#include "plugins/common/formatter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "core/settings_file.h"

namespace proctally::plugins {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string formatted(const std::string& format, const std::string& settings) {
  Snapshot snapshot;
  snapshot.wall_ns = 1'763'845'200'999'999'999;
  snapshot.groups.push_back({.name = "web"});
  snapshot.groups.back().values[Metric::num_procs] = Value::integer(2);
  snapshot.self[SelfMetric::groups] = Value::integer(1);
  std::string text = "before ";
  make_formatter(format, parse_settings(settings, "test"))(snapshot, text);
  return text;
}

TEST(FormatterTest, AppendsInfluxUnderTheNamesOfTheSettings) {
  EXPECT_EQ(formatted("influx", "{}"),
            "before proctally,groupname=web num_procs=2i 1763845200999999999\n"
            "proctally_self groups=1i 1763845200999999999\n");
  EXPECT_EQ(formatted("influx", R"({"measurement": "procstat", "group_tag": "process_name"})"),
            "before procstat,process_name=web num_procs=2i 1763845200999999999\n"
            "proctally_self groups=1i 1763845200999999999\n");
}

TEST(FormatterTest, AppendsJson) {
  const auto text = formatted("json", "{}");
  ASSERT_THAT(text, StartsWith("before "));
  EXPECT_TRUE(nlohmann::json::accept(text.substr(7))) << text;
}

/// What graphite makes of a host of this name, or the problems with it; "" where a thread of this
/// process may not have a name of its own for its host.
std::string graphite_on(std::string_view host) {
  std::string text;
  std::thread([&] {
    if (::unshare(CLONE_NEWUTS) != 0 || ::sethostname(host.data(), host.size()) != 0) return;
    try {
      text = formatted("graphite", "{}");
    } catch (const SettingsError& error) {
      EXPECT_THAT(error.problems(), ElementsAre(StartsWith("--format graphite: the name of ")));
      text = error.what();
    }
  }).join();
  return text;
}

TEST(FormatterTest, AppendsGraphiteUnderTheShortNameOfTheHostInItsSecond) {
  const auto text = graphite_on("web01.example.com");
  if (text.empty()) GTEST_SKIP() << "needs CAP_SYS_ADMIN";
  EXPECT_EQ(text,
            "before proctally.web01.web.num_procs 2 1763845200\n"
            "proctally.web01.proctally_self.groups 1 1763845200\n");
  const std::string longest(64, 'h');
  EXPECT_THAT(graphite_on(longest), StartsWith("before proctally." + longest + ".web."));
}

TEST(FormatterTest, GraphiteRefusesAHostThatIsCalledAsAnyIs) {
  const auto text = graphite_on("localhost");
  if (text.empty()) GTEST_SKIP() << "needs CAP_SYS_ADMIN";
  EXPECT_THAT(text, HasSubstr("\"localhost\""));
}

TEST(FormatterTest, KnowsEachNameItOffers) {
  EXPECT_EQ(format_names().front(), "influx");
  for (const auto& name : format_names()) EXPECT_GT(formatted(name, "{}").size(), 7U) << name;
}

}  // namespace
}  // namespace proctally::plugins
