#include "core/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/settings_file.h"

namespace proctally {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kHourNs = 3'600'000'000'000;

Settings parsed(const std::string& text) { return parse_settings(text, "test"); }

/// Every setting, none at its default.
const std::string kEverything = R"json({
  "process_names": [
    {"name": "{{.Comm}}:{{.Matches.port}}", "comm": ["web", "api"], "exe": ["/usr/bin/web"],
     "cmdline": ["-p (?P<port>\\d+)"], "user": ["www-data"], "cgroup": ["*.service"],
     "exe_path": ["web"], "kernel_thread": false
},
    {"exclude": true, "comm": ["sleep"]},
    {"exclude": false, "exe": ["bash"], "names": ["bash", "sh"]}
  ],
  "children": false,
  "collect": ["io", "cpu"],
  "baseline": "lifetime",
  "max_groups": 50,
  "group_ttl": "90s",
  "remove_empty_groups": true,
  "top": 20,
  "recheck_for": "2h",
  "pss_budget": "500us",
  "pss_deadline": "1s",
  "measurement": "procstat",
  "group_tag": "process_name"
})json";

TEST(SettingsTest, HasDefaultsForEverything) {
  const auto settings = parsed("{}");
  ASSERT_THAT(settings.rules, SizeIs(2));
  EXPECT_EQ(settings.rules.at(0).name().text(), "kernel");
  EXPECT_EQ(settings.rules.at(1).name().text(), "{{.Comm}}");
  EXPECT_TRUE(settings.children);
  EXPECT_EQ(settings.collect, FamilySet().set().reset(static_cast<std::size_t>(Family::pss)));
  EXPECT_EQ(settings.baseline, Baseline::start);
  EXPECT_EQ(settings.max_groups, 1000U);
  EXPECT_EQ(settings.group_ttl_ns, kHourNs);
  EXPECT_FALSE(settings.remove_empty_groups);
  EXPECT_FALSE(settings.top.has_value());
  EXPECT_EQ(settings.recheck_for_ns, kHourNs / 60);
  EXPECT_EQ(settings.pss_budget_ns, 2'000'000);
  EXPECT_EQ(settings.pss_deadline_ns, 20'000'000);
  for (const auto& rule : settings.rules) EXPECT_EQ(rule.threads(), naming::ThreadDetail::none);
  EXPECT_EQ(settings.measurement, "proctally");
  EXPECT_EQ(settings.group_tag, "groupname");
  EXPECT_THAT(settings.warnings, IsEmpty());
}

TEST(SettingsTest, TakesEverySetting) {
  const auto settings = parsed(kEverything);
  ASSERT_THAT(settings.rules, SizeIs(3));
  EXPECT_EQ(settings.rules.at(0).name().text(), "{{.Comm}}:{{.Matches.port}}");
  EXPECT_TRUE(settings.rules.at(1).excludes());
  EXPECT_EQ(settings.rules.at(2).name().text(), "{{.ExeBase}}");
  EXPECT_FALSE(settings.children);
  FamilySet io_and_cpu;
  io_and_cpu.set(static_cast<std::size_t>(Family::io)).set(static_cast<std::size_t>(Family::cpu));
  EXPECT_EQ(settings.collect, io_and_cpu);
  EXPECT_EQ(settings.baseline, Baseline::lifetime);
  EXPECT_EQ(settings.max_groups, 50U);
  EXPECT_EQ(settings.group_ttl_ns, kHourNs / 40);
  EXPECT_TRUE(settings.remove_empty_groups);
  EXPECT_EQ(settings.top, 20U);
  EXPECT_EQ(settings.recheck_for_ns, 2 * kHourNs);
  EXPECT_EQ(settings.pss_budget_ns, 500'000);
  EXPECT_EQ(settings.pss_deadline_ns, 1'000'000'000);
  EXPECT_EQ(settings.measurement, "procstat");
  EXPECT_EQ(settings.group_tag, "process_name");
}

TEST(SettingsTest, KnowsEachFamilyByItsName) {
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    const auto name = std::string(name_of(static_cast<Family>(i)));
    const auto settings = parsed(R"({"collect": [")" + name + R"("]})");
    EXPECT_EQ(settings.collect, FamilySet().set(i)) << name;
  }
}

TEST(SettingsTest, TellsThreadsApartOfTheItemsThatSaySo) {
  const auto settings = parsed(R"({"process_names": [{"comm": ["a"], "threads": true},
      {"comm": ["b"], "threads": false}, {"comm": ["c"]}]})");
  ASSERT_THAT(settings.rules, SizeIs(3));
  EXPECT_EQ(settings.rules[0].threads(), naming::ThreadDetail::by_name);
  EXPECT_EQ(settings.rules[1].threads(), naming::ThreadDetail::none);
  EXPECT_EQ(settings.rules[2].threads(), naming::ThreadDetail::none);
}

TEST(SettingsTest, TakesTheEndsOfEachRange) {
  EXPECT_EQ(parsed(R"({"max_groups": 1})").max_groups, 1U);
  EXPECT_EQ(parsed(R"({"max_groups": 100000})").max_groups, 100'000U);
  EXPECT_EQ(parsed(R"({"group_ttl": "0s"})").group_ttl_ns, 0);
  const std::string longest(64, 'a');
  EXPECT_EQ(parsed(R"({"measurement": ")" + longest + R"("})").measurement, longest);
  EXPECT_EQ(parsed(R"({"group_tag": "a"})").group_tag, "a");
}

TEST(SettingsTest, ShowsWhatIsInEffectWithDefaultsFilledIn) {
  EXPECT_EQ(parsed("{}").effective, R"({
  "process_names": [
    {
      "kernel_thread": true,
      "name": "kernel"
    },
    {
      "kernel_thread": false,
      "name": "{{.Comm}}"
    }
  ],
  "children": true,
  "collect": [
    "cpu",
    "processes",
    "states",
    "memory",
    "io",
    "faults",
    "context_switches",
    "fds",
    "start_time"
  ],
  "baseline": "start",
  "max_groups": 1000,
  "group_ttl": "1h",
  "remove_empty_groups": false,
  "recheck_for": "1m",
  "pss_budget": "2ms",
  "pss_deadline": "20ms",
  "measurement": "proctally",
  "group_tag": "groupname"
})");
  const auto effective = json::parse(parsed(kEverything).effective);
  EXPECT_EQ(effective["process_names"][0], json::parse(kEverything)["process_names"][0]);
  EXPECT_EQ(effective["process_names"][1], json::parse(kEverything)["process_names"][1]);
  EXPECT_EQ(effective["process_names"][2]["name"], "{{.ExeBase}}");
  EXPECT_EQ(effective["group_ttl"], "1m30s");
  EXPECT_EQ(effective["collect"], json({"cpu", "io"}));
}

TEST(SettingsTest, MeansTheSameWhenItsEffectIsReadAgain) {
  for (const auto& text : {std::string("{}"), kEverything}) {
    const auto first = parsed(text);
    const auto second = parsed(first.effective);
    EXPECT_EQ(second.effective, first.effective);
    EXPECT_EQ(second.rules.size(), first.rules.size());
    EXPECT_EQ(second.group_ttl_ns, first.group_ttl_ns);
  }
}

TEST(SettingsTest, WarnsOfAValueThatStandsInAListTwice) {
  for (const std::string key : {"comm", "exe", "exe_path", "user", "cgroup", "cmdline", "names"}) {
    const auto settings = parsed(R"({"process_names": [{"kernel_thread": false, ")" + key +
                                 R"(": ["a", "b", "a"]}]})");
    EXPECT_THAT(settings.warnings,
                ElementsAre("process_names[0]." + key + "[2]: \"a\" stands in the list twice"));
  }
}

TEST(SettingsTest, WarnsOfNamesThatNoProgramCanHave) {
  EXPECT_THAT(
      parsed(R"({"process_names": [{"comm": ["exactly-15-byte", "prometheus-node-exporter"]}]})")
          .warnings,
      ElementsAre("process_names[0].comm[1]: the kernel cuts names at 15 bytes, so no "
                  "program is called \"prometheus-node-exporter\"; write "
                  "\"prometheus-node\" or use exe"));
  EXPECT_THAT(
      parsed(
          R"({"process_names": [{"comm": ["ein-langer-Käfer"]}, {"comm": ["abcdefghijklmné"]}]})")
          .warnings,
      ElementsAre("process_names[0].comm[0]: the kernel cuts names at 15 bytes, so no "
                  "program is called \"ein-langer-Käfer\"; write \"ein-langer-Käf\" or "
                  "use exe",
                  "process_names[1].comm[0]: the kernel cuts names at 15 bytes, so no "
                  "program is called \"abcdefghijklmné\"; use exe"));
}

TEST(SettingsTest, DoesNotWarnOfLongNamesOfKernelThreads) {
  EXPECT_THAT(parsed(R"({"process_names": [
                {"name": "k", "comm": ["kworker/u17:2-events_unbound"], "kernel_thread": true}]})")
                  .warnings,
              IsEmpty());
}

TEST(SettingsTest, AllowsNamesThatNeedEscaping) {
  const auto settings = parsed(R"({"process_names": [{"name": "a\n\"b\\", "comm": ["\t"]}]})");
  EXPECT_EQ(settings.rules.at(0).name().text(), "a\n\"b\\");
}

TEST(SettingsTest, SurvivesBytesThatAreNoUtf8FromOtherFrontEnds) {
  const json raw = {
      {"process_names", {{{"comm", {"long name \xff and more"}}, {"cmdline", {"(\xff"}}}}}};
  try {
    (void)validate_settings(raw);
    FAIL();
  } catch (const SettingsError& error) {
    EXPECT_THAT(error.problems(),
                ElementsAre(testing::StartsWith("process_names[0].cmdline[0]: invalid UTF-8")));
  }
  const json named = {{"process_names", {{{"comm", {"long name \xff and more"}}}}}};
  EXPECT_THAT(validate_settings(named).warnings, SizeIs(1));
}

TEST(SettingsErrorTest, HasAProblemALine) {
  const SettingsError error({"a: b", "c: d"});
  EXPECT_STREQ(error.what(), "a: b\nc: d");
  EXPECT_THAT(error.problems(), ElementsAre("a: b", "c: d"));
}

}  // namespace
}  // namespace proctally
