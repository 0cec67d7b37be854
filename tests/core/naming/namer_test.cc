#include "core/naming/namer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/settings_file.h"
#include "tests/core/naming/made_process.h"

namespace proctally::naming {
namespace {

using testing::ElementsAre;

Namer namer_of(const std::string& process_names) {
  return Namer(parse_settings(R"({"process_names": )" + process_names + "}", "test").rules);
}

/// "label by rule", or what else came out of it.
std::string outcome_of(const std::string& process_names, const MadeProcess& process) {
  const auto naming = namer_of(process_names).name(process.facts());
  const auto rule = std::to_string(naming.rule);
  switch (naming.outcome) {
    case Naming::Outcome::named:
      return naming.label + " by " + rule;
    case Naming::Outcome::excluded:
      return "excluded by " + rule;
    case Naming::Outcome::unmatched:
      return "unmatched";
    case Naming::Outcome::waiting:
      return "waiting";
  }
  return "?";
}

TEST(NamerTest, LetsTheFirstRuleThatMatchesDecide) {
  const std::string rules = R"([
    {"name": "a", "comm": ["other"]},
    {"name": "b", "exe": ["nginx"]},
    {"name": "c", "comm": ["nginx"]}])";
  EXPECT_EQ(outcome_of(rules, {}), "b by 1");
  EXPECT_EQ(outcome_of(rules, {.comm = "other"}), "a by 0");
  MadeProcess process;
  EXPECT_EQ(outcome_of(rules, process.run({"x"})), "c by 2");
}

TEST(NamerTest, LeavesOthersUnmatched) {
  EXPECT_EQ(outcome_of(R"([{"name": "a", "comm": ["other"]}])", {}), "unmatched");
}

TEST(NamerTest, ExcludesBeforeLaterRulesButNotBeforeEarlierOnes) {
  EXPECT_EQ(outcome_of(R"([{"exclude": true, "comm": ["nginx"]},
                           {"name": "a", "comm": ["nginx"]}])",
                       {}),
            "excluded by 0");
  EXPECT_EQ(outcome_of(R"([{"name": "a", "comm": ["nginx"]},
                           {"exclude": true, "comm": ["nginx"]}])",
                       {}),
            "a by 0");
}

TEST(NamerTest, WaitsForARuleThatComesBeforeAnyThatMatches) {
  const MadeProcess waiting{.is_answered = false};
  EXPECT_EQ(
      outcome_of(R"([{"name": "a", "exe": ["x"]}, {"name": "b", "comm": ["nginx"]}])", waiting),
      "waiting");
  EXPECT_EQ(
      outcome_of(R"([{"name": "b", "comm": ["nginx"]}, {"name": "a", "exe": ["x"]}])", waiting),
      "b by 0");
  EXPECT_EQ(outcome_of(R"([{"name": "a", "comm": ["x"], "exe": ["x"]}, {"name": "b", "comm":
                           ["nginx"]}])",
                       waiting),
            "b by 1");
  EXPECT_EQ(outcome_of(R"([{"exclude": true, "user": ["root"]}, {"name": "b", "comm": ["nginx"]}])",
                       waiting),
            "waiting");
}

TEST(NamerTest, LetsLaterRulesNameWhatComesOutEmpty) {
  const std::string rules = R"([
    {"name": "{{.Unit}}", "cgroup": ["*"]},
    {"name": "{{.Container}}", "cgroup": ["*"]},
    {"name": "rest", "comm": ["nginx"]}])";
  EXPECT_EQ(outcome_of(rules, {}), "nginx.service by 0");
  EXPECT_EQ(outcome_of(rules, {.cgroups = {{"/"}}}), "rest by 2");
  EXPECT_EQ(outcome_of(rules, {.comm = "x", .cgroups = {{"/"}}}), "_empty by 0");
}

TEST(NamerTest, ExcludesAndWaitsBehindAnEmptyNameToo) {
  const std::string rules = R"([
    {"name": "{{.Container}}", "cgroup": ["*"]},
    {"exclude": true, "exe": ["nginx"]}])";
  EXPECT_EQ(outcome_of(rules, {}), "excluded by 1");
  EXPECT_EQ(outcome_of(rules, {.is_answered = false}), "waiting");
}

TEST(NamerTest, TakesCapturesFromTheMatchingRuleOnly) {
  MadeProcess process;
  process.run({"web", "-p", "80"});
  EXPECT_EQ(outcome_of(R"json([
    {"name": "a:{{.Matches.port}}", "cmdline": ["(?P<port>\\d+)", "absent"]},
    {"name": "b:{{.Matches.port}}", "cmdline": ["web(?P<port>x)?"]}])json",
                       process),
            "b: by 1");
}

TEST(NamerTest, PassesOverAnItemWhoseNameIsNoneOfItsNames) {
  const std::string rules = R"json([
    {"name": "{{.Comm}}:{{.Capture}}", "names": ["web:80", "web:81"], "cmdline": ["-p (\\d+)"]},
    {"name": "rest", "comm": ["web"]}])json";
  MadeProcess process{.comm = "web"};
  EXPECT_EQ(outcome_of(rules, process.run({"web", "-p", "80"})), "web:80 by 0");
  EXPECT_EQ(outcome_of(rules, process.run({"web", "-p", "82"})), "rest by 1");
  EXPECT_EQ(outcome_of(rules, process.run({"web"})), "rest by 1");
  process.comm = "other";
  EXPECT_EQ(outcome_of(rules, process.run({"web", "-p", "80"})), "unmatched");
}

TEST(NamerTest, ComparesNamesBeforeTheyAreMadePrintable) {
  EXPECT_EQ(outcome_of(R"([{"name": "{{.Comm}}", "names": ["a\tb"], "comm": ["a\tb"]}])",
                       {.comm = "a\tb"}),
            R"(a\x09b by 0)");
}

TEST(NamerTest, GivesPrintableLabels) {
  EXPECT_EQ(outcome_of(R"([{"name": "<{{.Comm}}>", "kernel_thread": false}])", {.comm = "a\n\\"}),
            R"(<a\x0a\x5c> by 0)");
}

TEST(NamerTest, GathersTheNeedsOfAllRules) {
  const auto needs = namer_of(R"([{"name": "a", "comm": ["x"]},
                                  {"name": "{{.Unit}}", "user": ["root"]}])")
                         .needs();
  EXPECT_TRUE(needs.user && needs.cgroups);
  EXPECT_FALSE(needs.cmdline || needs.exe_path);
}

TEST(NamerTest, KnowsTheGroupsThatExistFromTheStart) {
  EXPECT_THAT(namer_of(R"([{"name": "web", "comm": ["a"]},
                           {"name": "{{.Comm}}", "comm": ["b"]},
                           {"exclude": true, "comm": ["c"]},
                           {"comm": ["d"]},
                           {"name": "tab\there", "comm": ["e"]}])")
                  .configured_labels(),
              ElementsAre("web", R"(tab\x09here)"));
}

TEST(NamerTest, NamesEverythingWithTheDefaultSettings) {
  const Namer namer(parse_settings("{}", "defaults").rules);
  EXPECT_FALSE(namer.needs().any_slow());
  EXPECT_FALSE(namer.needs().cgroups);
  EXPECT_THAT(namer.configured_labels(), ElementsAre("kernel"));
  EXPECT_EQ(namer.name(MadeProcess{.is_answered = false}.facts()).label, "nginx");
  const MadeProcess kthread{.comm = "kswapd0", .is_kernel_thread = true, .is_answered = false};
  EXPECT_EQ(namer.name(kthread.facts()).label, "kernel");
  EXPECT_EQ(namer.name(MadeProcess{.comm = ""}.facts()).label, "_empty");
  EXPECT_EQ(namer.name(MadeProcess{.comm = "_empty"}.facts()).label, "\\x5fempty");
  EXPECT_EQ(namer.name(MadeProcess{.comm = "_other"}.facts()).label, "\\x5fother");
}

}  // namespace
}  // namespace proctally::naming
