// `Config "FILE"`: everything from a settings file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/plugins/collectd/config_mistakes.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins::collectd {
namespace {

using proctally::test::TempDir;
using test::block_of;
using test::expect_all;
using test::kParted;
using test::kPlugin;
using test::kSecond;
using test::problems_of;
using testing::ElementsAre;
using testing::IsEmpty;

PluginSettings read_file(const TempDir& dir) {
  ConfigReader reader;
  reader.read_block(block_of("Config \"" + dir.string() + "/p.json\""));
  return reader.settings();
}

TEST(ConfigFileTest, ReadsEverythingFromASettingsFile) {
  const TempDir dir;
  dir.write("p.json", R"({"max_groups": 7, "collect": ["cpu"]})");
  const auto settings = read_file(dir);
  EXPECT_EQ(settings.settings.max_groups, 7U);
  EXPECT_EQ(settings.settings.collect, FamilySet().set(static_cast<std::size_t>(Family::cpu)));
  EXPECT_TRUE(settings.settings.children);
  EXPECT_THAT(settings.settings.warnings, IsEmpty());
  EXPECT_THAT(settings.hidden, IsEmpty());
}

TEST(ConfigFileTest, WarnsWithThePathOfTheFile) {
  const TempDir dir;
  dir.write("p.json", R"({"process_names": [{"comm": ["abcdefghijklmnop"]}]})");
  const auto path = "<Plugin proctally> / Config \"" + dir.string() + "/p.json\": ";
  EXPECT_THAT(read_file(dir).settings.warnings,
              ElementsAre(path + "process_names[0].comm[0]: the kernel cuts names at 15 bytes, so "
                                 "no program is called \"abcdefghijklmnop\"; write "
                                 "\"abcdefghijklmno\" or use exe"));
}

TEST(ConfigFileTest, WarnsOfNamesInTheFileThatCollectdHasNoUseFor) {
  const TempDir dir;
  dir.write("p.json", R"({"measurement": "procstat", "group_tag": "process_name"})");
  const auto path = "<Plugin proctally> / Config \"" + dir.string() + "/p.json\": ";
  EXPECT_THAT(
      read_file(dir).settings.warnings,
      ElementsAre(path + "measurement is \"procstat\", but collectd's identifiers begin with "
                         "proctally whatever it says",
                  path + "group_tag is \"process_name\", but collectd's identifiers begin with "
                         "proctally whatever it says"));
}

TEST(ConfigFileTest, RefusesWhatNamesNoSettingsFile) {
  const std::string example = "as in Config \"/etc/proctally/proctally.json\"";
  expect_all({
      {"Config \"proctally.json\"",
       {" / Config \"proctally.json\": must be an absolute path, as collectd may be started from "
        "anywhere"}},
      {"Config \"\"", {" / Config \"\": is empty, must be the absolute path of a settings file"}},
      {"Config \"/etc/p.yml\"",
       {" / Config \"/etc/p.yml\": this plugin reads JSON only; write the same settings as JSON"}},
      {"Config \"/etc/p.YAML\"",
       {" / Config \"/etc/p.YAML\": this plugin reads JSON only; write the same settings as "
        "JSON"}},
      {"Config \"/none.json\"",
       {" / Config \"/none.json\": cannot be read: No such file or directory"}},
      {"Config yes",
       {" / Config true: the path of a settings file arrived as the boolean true, as true, yes "
        "and on without quotes do; must be a string in quotes, " +
        example}},
      {"Config \"/a\" \"/b\"",
       {" / Config \"/a\": arrived as 2 values, \"/a\" and \"/b\"; must be 1 string, the path of "
        "a settings file, " +
        example + kParted}},
  });
}

TEST(ConfigFileTest, TellsTheProblemsOfTheFileByThePathOfTheConfig) {
  const TempDir dir;
  dir.write("p.json", R"({"collct": [], "process_names": [{"comm": [5]}]})");
  dir.write("q.json", "{");
  dir.write("yaml", "process_names: []");
  const auto path = " / Config \"" + dir.string();
  expect_all({
      {"Config \"" + dir.string() + "/p.json\"",
       {path + "/p.json\": collct: unknown setting; did you mean collect?",
        path + "/p.json\": process_names[0].comm[0]: is 5, must be a string"}},
      {"Config \"" + dir.string() + "/yaml\"",
       {path + "/yaml\": is no JSON, which is all that is read here; \"proctally-exec --check "
               "--config FILE\" prints settings in YAML as JSON"}},
      {"Config \"" + dir.string() + "/q.json\"",
       {path + "/q.json\": no valid JSON at line 1, column 2: syntax error while parsing object "
               "key - unexpected end of input; expected string literal"}},
  });
}

TEST(ConfigFileTest, RefusesASecondConfig) {
  const TempDir dir;
  dir.write("p.json", "{}");
  const auto config = "Config \"" + dir.string() + "/p.json\"";
  ConfigReader reader;
  reader.read_block(block_of(config));
  EXPECT_THAT(problems_of(reader, block_of(config)),
              ElementsAre(kSecond + " / " + config + ": a second Config, after " + kPlugin + " / " +
                          config + "; leave one out"));
}

TEST(ConfigFileTest, RefusesConfigBesideOtherStatements) {
  const TempDir dir;
  dir.write("p.json", "{}");
  const auto config = "Config \"" + dir.string() + "/p.json\"";
  const std::string advice =
      "; Config reads everything from its file: put the other statements into it, or leave Config "
      "out";
  expect_all({{config + "\nCollect cpu",
               {" / " + config + ": stands beside <Plugin proctally> / Collect" + advice}}});

  ConfigReader config_first;
  config_first.read_block(block_of(config));
  EXPECT_THAT(problems_of(config_first, block_of("Process \"a\"")),
              ElementsAre(kSecond + " / Process \"a\": stands beside " + kPlugin + " / " + config +
                          advice));

  ConfigReader config_last;
  config_last.read_block(block_of("Process \"a\""));
  EXPECT_THAT(problems_of(config_last, block_of(config)),
              ElementsAre(kSecond + " / " + config + ": stands beside " + kPlugin +
                          " / Process \"a\"" + advice));
}

}  // namespace
}  // namespace proctally::plugins::collectd
