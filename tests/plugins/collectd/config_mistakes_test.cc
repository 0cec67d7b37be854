// Every mistake a user can make in <Plugin proctally>, and exactly what he is told.
#include "tests/plugins/collectd/config_mistakes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace proctally::plugins::collectd {
namespace {

using test::block_of;
using test::expect_all;
using test::kParted;
using test::kPlugin;
using test::kSecond;
using test::problems_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::string kFamilies =
    "cpu, processes, states, memory, io, faults, context_switches, fds, start_time, pss";
const std::string kToggles =
    "CollectFileDescriptor, CollectContextSwitch, CollectMemoryMaps, CollectDelayAccounting";
const std::string kWords = "Config, Process, ProcessMatch, Collect, " + kToggles;
const std::string kOneProgram =
    "must be 1 string, the name of one program, as in Process \"php-fpm\"";
const std::string kNameAndExpression =
    "must be 2 strings in quotes, the group's name and the regular expression, as in ProcessMatch "
    "\"shop\" \"java .*shop\"";
const std::string kBackslash = R"(; in collectd.conf a backslash is written twice: "\\d", "\\.")";
const std::string kInterval =
    "belongs into the block that loads the plugin: <LoadPlugin proctally> Interval ";

TEST(ConfigMistakesTest, OfWords) {
  expect_all({
      {"Group \"web\"", {" / Group \"web\": unknown statement; allowed: " + kWords}},
      {"ProcesMatch \"a\" \"b\"",
       {" / ProcesMatch \"a\": unknown statement; did you mean ProcessMatch?"}},
      {"CollectFileDescriptors true",
       {" / CollectFileDescriptors true: unknown statement; did you mean CollectFileDescriptor?"}},
      {"x 1\nX 2",
       {" / x 1 (1st x): unknown statement; allowed: " + kWords,
        " / X 2 (2nd X): unknown statement; allowed: " + kWords}},
  });
}

TEST(ConfigMistakesTest, OfTheInterval) {
  expect_all({
      {"Interval 5", {" / Interval 5: " + kInterval + "5 </LoadPlugin>"}},
      {"interval \"x\"", {" / interval \"x\": " + kInterval + "10 </LoadPlugin>"}},
      {"<Process \"a\">\nInterval 2.5\n</Process>",
       {" / <Process \"a\"> / Interval 2.5: " + kInterval + "2.5 </LoadPlugin>"}},
  });
}

TEST(ConfigMistakesTest, OfWordsAtAWrongPlace) {
  const std::string there = ": belongs directly into <Plugin proctally>; allowed here: " + kToggles;
  expect_all({
      {"<Process \"a\">\nCollect \"cpu\"\n</Process>", {" / <Process \"a\"> / Collect" + there}},
      {"<ProcessMatch \"a\" \"a\">\nProcess \"b\"\n</ProcessMatch>",
       {" / <ProcessMatch \"a\"> / Process \"b\"" + there}},
      {"<Process \"a\">\nContextSwitch true\n</Process>",
       {" / <Process \"a\"> / ContextSwitch true: unknown statement; allowed: " + kToggles}},
  });
}

TEST(ConfigMistakesTest, OfBlocksWhereALineBelongs) {
  expect_all({
      {"<Collect \"cpu\">\nx 1\n</Collect>",
       {" / <Collect>: is a block, must be a single line: Collect \"cpu\" \"memory\""}},
      {"<CollectMemoryMaps false>\nx 1\n</CollectMemoryMaps>",
       {" / <CollectMemoryMaps>: is a block, must be a single line: CollectMemoryMaps true"}},
      {"<Config \"/none.json\">\nx 1\n</Config>",
       {" / <Config \"/none.json\">: is a block, must be a single line: Config "
        "\"/etc/proctally/proctally.json\"",
        " / <Config \"/none.json\">: cannot be read: No such file or directory"}},
  });
}

TEST(ConfigMistakesTest, OfTheBlockItself) {
  ConfigReader reader;
  EXPECT_THAT(problems_of(reader, block_of("", "proctally \"x\" 5")),
              ElementsAre(kPlugin + ": is followed by \"x\" and 5, must be <Plugin proctally>; "
                                    "every setting is a statement in the block"));
}

TEST(ConfigMistakesTest, OfAProcess) {
  const auto arrived = [](const std::string& value, const std::string& as) {
    return " / Process " + value + ": the name of one program arrived as the " + as +
           "; must be a string in quotes, as in Process \"php-fpm\"";
  };
  expect_all({
      {"Process", {" / Process: has no value, " + kOneProgram}},
      {"Process \"\"", {" / Process \"\": is empty, must be a string of at least one character"}},
      {"Process 123", {arrived("123", "number 123, which may have been spelled otherwise")}},
      {"Process 0x1f", {arrived("31", "number 31, which may have been spelled otherwise")}},
      {"Process on", {arrived("true", "boolean true, as true, yes and on without quotes do")}},
      {"Process off", {arrived("false", "boolean false, as false, no and off without quotes do")}},
      {"Process \"nginx\" \"redis\"",
       {" / Process \"nginx\": arrived as 2 values, \"nginx\" and \"redis\"; " + kOneProgram +
        kParted}},
  });
}

TEST(ConfigMistakesTest, OfWordsThatTheLexerPartsInTwo) {
  expect_all({
      {"Process web-1",
       {" / Process \"web\": arrived as 2 values, \"web\" and -1: write it in quotes: Process "
        "\"web-1\""}},
      {"Process web-1-2",
       {" / Process \"web\": arrived as 3 values, \"web\", -1 and -2: write it in quotes: Process "
        "\"web-1-2\""}},
      {"ProcessMatch web-1 \"x\"",
       {" / ProcessMatch \"web\": arrived as 3 values, \"web\", -1 and \"x\": write it in quotes: "
        "ProcessMatch \"web-1\" \"x\""}},
      {"Process foo.bar",
       {" / Process \"foo\": arrived as 2 values, \"foo\" and \"bar\"; " + kOneProgram + kParted}},
      {"Process a b c d e f g h",
       {" / Process \"a\": arrived as 8 values, \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", ...; " +
        kOneProgram + kParted}},
      {"ProcessMatch shop java.*shop",
       {" / ProcessMatch \"shop\": arrived as 3 values, \"shop\", \"java\" and \"shop\"; " +
        kNameAndExpression + kParted}},
  });
}

TEST(ConfigMistakesTest, OfAProcessMatch) {
  const std::string as_in =
      "; must be a string in quotes, as in ProcessMatch \"shop\" "
      "\"java .*shop\"";
  expect_all({
      {"ProcessMatch \"web\"",
       {" / ProcessMatch \"web\": arrived as 1 value, \"web\"; " + kNameAndExpression}},
      {"ProcessMatch", {" / ProcessMatch: has no value, " + kNameAndExpression}},
      {"ProcessMatch 80 no",
       {" / ProcessMatch 80: the group's name arrived as the number 80, which may have been "
        "spelled otherwise" +
            as_in,
        " / ProcessMatch 80: the regular expression arrived as the boolean false, as false, no "
        "and off without quotes do" +
            as_in}},
      {"ProcessMatch \"\" \"x\"",
       {" / ProcessMatch \"\" / name: is empty, must be a string of at least one character"}},
      {"ProcessMatch \"{{.Foo}}\" \"x\"",
       {" / ProcessMatch \"{{.Foo}}\" / name: {{.Foo}} at byte 0 is unknown; allowed: {{.Comm}} "
        "{{.ExeBase}} {{.ExeFull}} {{.Username}} {{.PID}} {{.StartTime}} {{.Matches.NAME}} "
        "{{.Capture}} "
        "{{.Cgroups}} {{index .Cgroups N}} {{.Unit}} {{.Container}}"}},
      {R"x(ProcessMatch "a{{.Matches.n}}" "--n=(\\d+)")x",
       {" / ProcessMatch \"a{{.Matches.n}}\" / name: {{.Matches.n}} at byte 1: no cmdline "
        "expression of this item captures (?P<n>...); it captures none"}},
  });
}

TEST(ConfigMistakesTest, OfARegularExpression) {
  const std::string path = " / ProcessMatch \"a\" / regular expression: ";
  expect_all({
      {"ProcessMatch \"a\" \"([\"", {path + "missing ]: \"([\"" + kBackslash}},
      {"ProcessMatch \"a\" \"*b\"",
       {path + "no argument for repetition operator: \"*b\"" + kBackslash}},
      {R"(ProcessMatch "a" "\\.(")", {path + R"(missing ): "\\.(")"}},
      {"ProcessMatch \"a\" \"(?=b)\"",
       {path + "invalid perl operator: \"(?=b)\"; RE2 has no look-around and no back-references" +
        kBackslash}},
      {"ProcessMatch \"a\" \"\"", {path + "is empty, must be a string of at least one character"}},
  });
}

TEST(ConfigMistakesTest, OfBooleans) {
  expect_all({
      {"CollectFileDescriptor \"maybe\"",
       {" / CollectFileDescriptor: is \"maybe\", must be true or false"}},
      {"CollectContextSwitch 1", {" / CollectContextSwitch: is 1, must be true or false"}},
      {"CollectMemoryMaps", {" / CollectMemoryMaps: has no value, must be true or false"}},
      {"CollectDelayAccounting true false",
       {" / CollectDelayAccounting: arrived as 2 values, true and false; must be true or false"}},
      {"<Process \"a\">\nCollectFileDescriptor x\n</Process>",
       {" / <Process \"a\"> / CollectFileDescriptor: is \"x\", must be true or false"}},
  });
}

TEST(ConfigMistakesTest, OfCollect) {
  expect_all({
      {"Collect", {" / Collect: has no value; allowed: " + kFamilies}},
      {"Collect cpus", {" / Collect: is \"cpus\"; did you mean cpu?"}},
      {"Collect \"everything\"", {" / Collect: is \"everything\"; allowed: " + kFamilies}},
      {"Collect cpu 5 true",
       {" / Collect: is 5; allowed: " + kFamilies, " / Collect: is true; allowed: " + kFamilies}},
      {"Collect cpu CPU", {" / Collect: cpu stands in the list twice"}},
      {"Collect \"cpu, memory\"",
       {" / Collect: is \"cpu, memory\"; each family is a word of its own: Collect \"cpu\" "
        "\"memory\""}},
      {"Collect cpu\nCollect context-switches",
       {" / Collect (2nd Collect): is \"context\"; allowed: " + kFamilies,
        " / Collect (2nd Collect): is \"switches\"; allowed: " + kFamilies}},
  });
}

TEST(ConfigMistakesTest, OfCollectingNothing) {
  const std::string nothing =
      ": nothing is left to collect: what Collect names is switched off here, by "
      "CollectFileDescriptor or CollectContextSwitch";
  expect_all({
      {"Collect fds\nCollectFileDescriptor false", {nothing}},
      {"Collect fds\nProcess \"a\"\n<Process \"b\">\nCollectFileDescriptor false\n</Process>",
       {" / <Process \"b\"> (2nd Process)" + nothing}},
  });
}

TEST(ConfigMistakesTest, OfTheSameGroupTwice) {
  const std::string two_kinds =
      "; give one of them another name, or use Config with a settings file, which can put two "
      "kinds of processes into one group";
  expect_all({
      {"Process \"a\"\nProcess \"b\"\nProcess \"a\"",
       {" / Process \"a\" (3rd Process): the group \"a\" stands already at <Plugin proctally> / "
        "Process \"a\" (1st Process)" +
        two_kinds}},
      {"ProcessMatch \"a\" \"x\"\nProcess \"a\"",
       {" / Process \"a\": the group \"a\" stands already at <Plugin proctally> / ProcessMatch "
        "\"a\"" +
        two_kinds}},
      {"Process \"x{{y\"\nProcess \"x{{y\"",
       {" / Process \"x{{y\" (2nd Process): the group \"x{{y\" stands already at <Plugin "
        "proctally> / Process \"x{{y\" (1st Process)" +
        two_kinds}},
  });
}

TEST(ConfigMistakesTest, OfTheSameGroupInTwoBlocks) {
  ConfigReader reader;
  reader.read_block(block_of("Process \"a\""));
  EXPECT_THAT(
      problems_of(reader, block_of("Process \"a\"")),
      ElementsAre(kSecond + " / Process \"a\": the group \"a\" stands already at " + kPlugin +
                  " / Process \"a\"; give one of them another name, or use Config with a "
                  "settings file, which can put two kinds of processes into one group"));
}

TEST(ConfigMistakesTest, NoneWhereTemplatesAreTheSame) {
  EXPECT_THAT(problems_of("ProcessMatch \"{{.PID}}\" \"x\"\nProcessMatch \"{{.PID}}\" \"y\""),
              ElementsAre());
}

TEST(ConfigMistakesTest, AreAllToldAtOnce) {
  expect_all({{R"(Process 5
                  ProcessMatch "a" "("
                  Colect cpu
                  <Process "b">
                    Interval 5
                    CollectFileDescriptor 7
                  </Process>
                  Collect cpus)",
               {" / Colect \"cpu\": unknown statement; did you mean Collect?",
                " / Process 5 (1st Process): the name of one program arrived as the number 5, "
                "which may have been spelled otherwise; must be a string in quotes, as in Process "
                "\"php-fpm\"",
                " / <Process \"b\"> (2nd Process) / Interval 5: " + kInterval + "5 </LoadPlugin>",
                " / <Process \"b\"> (2nd Process) / CollectFileDescriptor: is 7, must be true or "
                "false",
                " / Collect: is \"cpus\"; did you mean cpu?",
                " / ProcessMatch \"a\" / regular expression: missing ): \"(\"" + kBackslash}}});
}

TEST(ConfigMistakesTest, OfCharactersThatCannotBePrintedAreShownPrintable) {
  ConfigItem block{.key = "Plugin", .values = {}, .children = {}};
  block.children = {{.key = "ProcessMatch", .values = {"a\x1b[1m\u202e", "(\x7f"}, .children = {}},
                    {.key = "Process", .values = {std::string("a\0b", 3)}, .children = {}},
                    {.key = "Proc\x1bss", .values = {}, .children = {}}};
  ConfigReader reader;
  const auto problems = problems_of(reader, block);
  ASSERT_THAT(problems, SizeIs(3));
  EXPECT_THAT(problems.at(0), HasSubstr(" / Proc\\x1bss: unknown statement; "));
  EXPECT_EQ(problems.at(1),
            kPlugin +
                " / ProcessMatch \"a\\u001b[1m\\xe2\\x80\\xae\" / regular expression: missing ): "
                "\"(\\x7f\"" +
                kBackslash);
  EXPECT_EQ(problems.at(2), kPlugin +
                                " / Process \"a\\u0000b\": is \"a\\u0000b\", must not contain a "
                                "NUL character");
}

TEST(ConfigMistakesTest, OfLongStringsAreShortened) {
  const std::string many(5000, 'x');
  const auto x60 = std::string(60, 'x');
  expect_all({{"ProcessMatch \"" + many + "\" \"(" + many + "\"",
               {" / ProcessMatch \"" + x60 + "...\" / regular expression: missing ): \"(" +
                x60.substr(1) + "...\"" + kBackslash}}});
}

TEST(ConfigMistakesTest, NeverShowThePathsOfSettings) {
  std::string block;
  for (const std::string name : {"", "a", "{{", "{{.X}}", "{{.Matches.q}}", "{{.PID}}"}) {
    for (const std::string expression : {"", "(", "(?P<a>x)(?P<a>y)", "a{1001}", "x", "\\\\1"}) {
      block += "ProcessMatch \"" + name + "\" \"" + expression + "\"\n";
    }
    block += "Process \"" + name + "\"\n";
  }
  const auto problems = problems_of(block);
  EXPECT_THAT(problems, SizeIs(testing::Gt(30U)));
  for (const std::string path : {"process_names", "comm[", "cmdline[", ".name"}) {
    EXPECT_THAT(problems, Not(Contains(HasSubstr(path))));
  }
}

TEST(ConfigMistakesTest, AreNotWithoutEnd) {
  std::string block;
  for (int i = 0; i < 500; ++i) block += "ProcessMatch \"a" + std::to_string(i) + "\" \"(\"\n";
  const auto problems = problems_of(block);
  ASSERT_THAT(problems, SizeIs(101));
  EXPECT_EQ(problems.back(), kPlugin + ": more problems than these; mend them first");
}

}  // namespace
}  // namespace proctally::plugins::collectd
