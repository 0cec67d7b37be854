#include "plugins/collectd/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/plugins/collectd/config_text.h"

namespace proctally::plugins::collectd {
namespace {

using nlohmann::json;
using test::block_of;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

using Families = std::vector<Family>;

FamilySet set_of(const Families& families) {
  FamilySet set;
  for (const auto family : families) set.set(static_cast<std::size_t>(family));
  return set;
}

const FamilySet kAll = default_families();

template <typename... Blocks>
PluginSettings read(const Blocks&... blocks) {
  ConfigReader reader;
  (reader.read_block(block_of(blocks)), ...);
  return reader.settings();
}

json process_names_of(const PluginSettings& read) {
  return json::parse(read.settings.effective).at("process_names");
}

TEST(ConfigReaderTest, HasTheDefaultsOfSettingsWithoutABlock) {
  const auto settings = ConfigReader().settings();
  EXPECT_EQ(settings.settings.effective, validate_settings(json::object()).effective);
  EXPECT_THAT(settings.hidden, IsEmpty());
}

TEST(ConfigReaderTest, HasTheDefaultsOfSettingsInAnEmptyBlock) {
  EXPECT_EQ(read("").settings.effective, validate_settings(json::object()).effective);
}

TEST(ConfigReaderTest, AProcessIsAGroupOfThatProgram) {
  EXPECT_EQ(process_names_of(read(R"(Process "nginx")")),
            json::parse(R"([{"name": "nginx", "comm": ["nginx"]}])"));
}

TEST(ConfigReaderTest, AProcessMatchIsAGroupOfCommandLines) {
  EXPECT_EQ(process_names_of(read(R"(ProcessMatch "shop" "java .*shop\\.jar")")),
            json::parse(R"([{"name": "shop", "cmdline": ["(?s)java .*shop\\.jar"]}])"));
}

TEST(ConfigReaderTest, AProcessMatchMayBeNamedByATemplate) {
  EXPECT_EQ(
      process_names_of(read(R"x(ProcessMatch "{{.Matches.n}}" "--shard=(?P<n>\\d+)")x")),
      json::parse(R"x([{"name": "{{.Matches.n}}", "cmdline": ["(?s)--shard=(?P<n>\\d+)"]}])x"));
}

TEST(ConfigReaderTest, AProcessWhoseNameLooksLikeATemplateIsNone) {
  EXPECT_EQ(process_names_of(read(R"(Process "x{{y")")),
            json::parse(R"([{"name": "{{.Comm}}", "comm": ["x{{y"]}])"));
}

TEST(ConfigReaderTest, KeepsTheOrderOfAllBlocks) {
  const auto names = process_names_of(read(R"(ProcessMatch "c" "c"
                                               Process "a")",
                                           R"(Process "b")"));
  ASSERT_THAT(names, SizeIs(3));
  EXPECT_EQ(names.at(0).at("name"), "c");
  EXPECT_EQ(names.at(1).at("name"), "a");
  EXPECT_EQ(names.at(2).at("name"), "b");
}

TEST(ConfigReaderTest, CountsNoChildrenWhereProcessesAreNamedAsTheStockPlugin) {
  EXPECT_FALSE(read(R"(Process "a")").settings.children);
  EXPECT_FALSE(read(R"(ProcessMatch "a" "a")").settings.children);
  EXPECT_TRUE(read(R"(Collect "cpu")").settings.children);
}

TEST(ConfigReaderTest, WordsAreTheSameInAnyCase) {
  const auto settings = read(R"(COLLECT CPU
                                <process "a">
                                  collectfiledescriptor ON
                                </process>)");
  EXPECT_EQ(settings.settings.collect, set_of({Family::cpu, Family::fds}));
}

TEST(ConfigReaderTest, CollectsEverythingWithoutCollect) {
  EXPECT_EQ(read(R"(Process "a")").settings.collect, kAll);
}

TEST(ConfigReaderTest, SeveralCollectsAddUpWhereverTheyStand) {
  const auto settings = read(R"(Collect "cpu"
                                 Process "a"
                                 Collect "io" "cpu")",
                             R"(Collect memory)");
  EXPECT_EQ(settings.settings.collect, set_of({Family::cpu, Family::memory, Family::io}));
  EXPECT_THAT(settings.hidden, IsEmpty());
}

TEST(ConfigReaderTest, AToggleCountsForTheMatchesThatFollow) {
  const auto settings = read(R"(Process "before"
                                CollectFileDescriptor false
                                Process "after"
                                CollectFileDescriptor true
                                Process "last")");
  EXPECT_EQ(settings.settings.collect, kAll);
  EXPECT_THAT(settings.hidden, ElementsAre(Pair("after", set_of({Family::fds}))));
}

TEST(ConfigReaderTest, AToggleCountsInTheNextBlockTooAsInTheStockPlugin) {
  const auto settings = read(R"(Process "a"
                                 CollectContextSwitch false)",
                             R"(Process "b")");
  EXPECT_THAT(settings.hidden, ElementsAre(Pair("b", set_of({Family::context_switches}))));
}

TEST(ConfigReaderTest, AToggleInAMatchCountsForThatOnly) {
  const auto settings = read(R"(CollectContextSwitch false
                                Process "a"
                                <ProcessMatch "b" "b">
                                  CollectContextSwitch true
                                </ProcessMatch>
                                Process "c")");
  EXPECT_EQ(settings.settings.collect, kAll);
  const auto hidden = set_of({Family::context_switches});
  EXPECT_THAT(settings.hidden, ElementsAre(Pair("a", hidden), Pair("c", hidden)));
}

TEST(ConfigReaderTest, AToggleAddsToWhatCollectNames) {
  const auto settings = read(R"(Collect "cpu"
                                <Process "a">
                                  CollectFileDescriptor true
                                </Process>
                                Process "b")");
  EXPECT_EQ(settings.settings.collect, set_of({Family::cpu, Family::fds}));
  EXPECT_THAT(settings.hidden, ElementsAre(Pair("b", set_of({Family::fds}))));
}

TEST(ConfigReaderTest, WhatNoGroupShowsIsNotCollected) {
  const auto settings = read(R"(CollectFileDescriptor false
                                CollectContextSwitch false
                                Process "a")");
  EXPECT_EQ(settings.settings.collect, kAll & ~set_of({Family::fds, Family::context_switches}));
  EXPECT_THAT(settings.hidden, IsEmpty());
}

TEST(ConfigReaderTest, AToggleWithoutAMatchCountsForTheDefaultGroups) {
  const auto settings = read("CollectFileDescriptor false");
  EXPECT_EQ(settings.settings.collect, kAll & ~set_of({Family::fds}));
}

TEST(ConfigReaderTest, HidesNothingOfGroupsWhoseNamesVaryAndSaysSo) {
  const auto settings = read(R"(<ProcessMatch "{{.PID}}" "x">
                                  CollectFileDescriptor false
                                </ProcessMatch>
                                Process "a")");
  EXPECT_EQ(settings.settings.collect, kAll);
  EXPECT_THAT(settings.hidden, IsEmpty());
  EXPECT_THAT(settings.settings.warnings,
              ElementsAre("<Plugin proctally> / <ProcessMatch \"{{.PID}}\">: its name has "
                          "variables, so that what any match collects is sent for it"));
}

TEST(ConfigReaderTest, HidesByTheLabelsOfGroups) {
  const auto settings = read(R"(<Process "a\\b">
                                  CollectFileDescriptor false
                                </Process>
                                <Process "x{{y">
                                  CollectFileDescriptor false
                                </Process>
                                Process "z")");
  const auto hidden = set_of({Family::fds});
  EXPECT_THAT(settings.hidden, ElementsAre(Pair("a\\x5cb", hidden), Pair("x{{y", hidden)));
}

TEST(ConfigReaderTest, TakesBooleansInQuotesAsCollectdDoes) {
  for (const std::string yes : {"true", "\"true\"", "\"yes\"", "\"On\"", "yes", "on", "Yes"}) {
    const auto settings = read("Collect cpu\nCollectFileDescriptor " + yes);
    EXPECT_EQ(settings.settings.collect, set_of({Family::cpu, Family::fds})) << yes;
  }
  for (const std::string no : {"false", "\"false\"", "\"no\"", "\"off\"", "no", "off", "OFF"}) {
    const auto settings = read("CollectFileDescriptor " + no);
    EXPECT_EQ(settings.settings.collect, kAll & ~set_of({Family::fds})) << no;
  }
}

TEST(ConfigReaderTest, TakesAProgramWithoutQuotesWhereItIsOneWord) {
  EXPECT_EQ(process_names_of(read("Process nginx")).at(0).at("name"), "nginx");
}

TEST(ConfigReaderTest, WarnsOfWhatHasNoCounterpart) {
  EXPECT_THAT(
      read(R"(CollectMemoryMaps true
                      <Process "a">
                        CollectDelayAccounting true
                      </Process>)")
          .settings.warnings,
      ElementsAre("<Plugin proctally> / CollectMemoryMaps: proctally has no counterpart of "
                  "it; nothing is collected",
                  "<Plugin proctally> / <Process \"a\"> / CollectDelayAccounting: proctally "
                  "has no counterpart of it; nothing is collected"));
}

TEST(ConfigReaderTest, WarnsNotOfWhatHasNoCounterpartWhereItIsOff) {
  EXPECT_THAT(read("CollectMemoryMaps false\nCollectDelayAccounting no").settings.warnings,
              IsEmpty());
}

TEST(ConfigReaderTest, WarnsOfNamesThatTheKernelCuts) {
  EXPECT_THAT(read(R"(Process "a")", R"(Process "prometheus-node-exporter")").settings.warnings,
              ElementsAre("<Plugin proctally> (2nd block) / Process \"prometheus-node-exporter\": "
                          "the kernel cuts names at 15 bytes, so no program is called "
                          "\"prometheus-node-exporter\"; write Process \"prometheus-node\" or use "
                          "ProcessMatch"));
}

TEST(ConfigReaderTest, AdvisesNoNameThatIsCutInACharacter) {
  EXPECT_THAT(
      read("Process \"12345678901234\u00e9\"").settings.warnings,
      ElementsAre("<Plugin proctally> / Process \"12345678901234\u00e9\": the kernel cuts "
                  "names at 15 bytes, so no program is called \"12345678901234\u00e9\"; use "
                  "ProcessMatch"));
}

TEST(ConfigReaderTest, WarnsWhereABackslashSeemsLost) {
  EXPECT_THAT(read(R"(ProcessMatch "a" "id=\d+")").settings.warnings,
              ElementsAre("<Plugin proctally> / ProcessMatch \"a\" / regular expression: arrived "
                          "as \"id=d+\", where a backslash seems lost before d; in collectd.conf "
                          "one is written twice: \"\\\\d\"; if the letter itself is meant, write "
                          "[d]"));
}

TEST(ConfigReaderTest, WarnsOfEachLetterThatMayHaveLostItsBackslash) {
  for (const std::string expression : {"id=d+", "^s*x", "w{3}", "(D+)", "S+", "[W*", " b+", ".B*",
                                       "vd+", "port=d", ":w ", "d?x"}) {
    const auto text = expression == "[W*" ? "[W*]" : expression;
    EXPECT_THAT(read("ProcessMatch \"a\" \"" + text + "\"").settings.warnings, SizeIs(1)) << text;
  }
}

TEST(ConfigReaderTest, WarnsNotOfLettersThatAreMeant) {
  for (const std::string expression : {R"(\\d+)", "java .*shop", "[d]+", "x2d*", "d", "sh -c",
                                       "[sd]", R"(\\.\\w*)", "https?", "logs*", "/dev", "=web"}) {
    EXPECT_THAT(read("ProcessMatch \"a\" \"" + expression + "\"").settings.warnings, IsEmpty())
        << expression;
  }
}

TEST(ConfigReaderTest, WarnsOfWhatIsMeantOtherwiseByTheStockPlugin) {
  const auto warning_of = [](const std::string& expression) {
    const auto warnings = read("ProcessMatch \"a\" \"" + expression + "\"").settings.warnings;
    return warnings.empty() ? std::string() : warnings.front();
  };
  EXPECT_EQ(
      warning_of(R"(\\<web\\>)"),
      R"(<Plugin proctally> / ProcessMatch "a" / regular expression: \< is the character < to )"
      R"(RE2; the beginning of a word is "\\b")");
  EXPECT_EQ(warning_of("a{,3}"),
            "<Plugin proctally> / ProcessMatch \"a\" / regular expression: {, is literal text to "
            "RE2; up to three times is \"{0,3}\"");
  EXPECT_EQ(
      warning_of(R"(^\\[kworker)"),
      "<Plugin proctally> / ProcessMatch \"a\" / regular expression: begins with \"[\", as if "
      "for threads of the kernel; they have no command line here: use Process \"NAME\"");
  EXPECT_EQ(warning_of(R"(\\\\<a)"), "") << "a backslash and a <";
  EXPECT_EQ(warning_of("^[[:alpha:]]{1,3} [^,]+"), "");
}

TEST(ConfigReaderTest, WarnsOfAToggleThatNoMatchFollows) {
  EXPECT_THAT(read(R"(Process "a"
                      CollectFileDescriptor false)")
                  .settings.warnings,
              ElementsAre("<Plugin proctally> / CollectFileDescriptor: counts for the matches "
                          "after it, and there are none"));
}

TEST(ConfigReaderTest, ReadsTheNextBlockAfterOneThatFailed) {
  ConfigReader reader;
  EXPECT_THROW(reader.read_block(block_of("Process 1")), SettingsError);
  EXPECT_NO_THROW(reader.read_block(block_of("Process \"a\"")));
  try {
    reader.read_block(block_of("Process 2"));
    FAIL();
  } catch (const SettingsError& error) {
    ASSERT_THAT(error.problems(), SizeIs(1));
    EXPECT_THAT(error.problems().front(),
                testing::StartsWith("<Plugin proctally> (3rd block) / Process 2: "));
  }
}

}  // namespace
}  // namespace proctally::plugins::collectd
