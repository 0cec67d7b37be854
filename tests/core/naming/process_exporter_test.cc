// What process-exporter's own tests and black-box runs of it show: the same configurations put the
// same processes into the same groups. What it does other than its documentation says is done as
// documented, and what is probably a mistake is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/naming/namer.h"
#include "core/settings_yaml.h"
#include "tests/core/naming/made_process.h"

namespace proctally::naming {
namespace {

using testing::ElementsAre;

/// The group in which these settings, in YAML, put a process; "-" for none.
std::string group_in(const std::string& yaml, const MadeProcess& process) {
  const Namer namer(validate_raw_settings(parse_yaml_settings(yaml, "test")).rules);
  const auto naming = namer.name(process.facts());
  return naming.outcome == Naming::Outcome::named ? naming.label : "-";
}

/// The same with the single rule `item`.
std::string group_by(const std::string& item, const MadeProcess& process) {
  return group_in("process_names:\n- " + item, process);
}

/// Everything that is wrong with the settings.
std::vector<std::string> problems_in(const std::string& yaml) {
  try {
    (void)validate_raw_settings(parse_yaml_settings(yaml, "test"));
    return {};
  } catch (const SettingsError& error) {
    return error.problems();
  }
}

MadeProcess process(const std::string& comm, const std::vector<std::string>& argv) {
  MadeProcess made{.comm = comm};
  made.run(argv);
  return made;
}

TEST(ProcessExporterTest, ConfigAMatchesByBaseNameAndByPath) {
  const std::string item1 = R"({"exe": ["bash"]})";
  const std::string item2 = R"({"exe": ["sh"]})";
  const std::string item3 = R"({"exe": ["/bin/ksh"]})";
  const auto bash = process("bash", {"/bin/bash"});
  const auto sh = process("sh", {"sh"});
  const auto ksh = process("ksh", {"/bin/ksh"});
  EXPECT_EQ(group_by(item1, bash), "bash");
  EXPECT_EQ(group_by(item2, bash), "-");
  EXPECT_EQ(group_by(item3, bash), "-");
  EXPECT_EQ(group_by(item1, sh), "-");
  EXPECT_EQ(group_by(item2, sh), "sh");
  EXPECT_EQ(group_by(item3, sh), "-");
  EXPECT_EQ(group_by(item1, ksh), "-");
  EXPECT_EQ(group_by(item2, ksh), "-");
  EXPECT_EQ(group_by(item3, ksh), "ksh");
}

TEST(ProcessExporterTest, ConfigBFillsInTemplates) {
  const auto settings = validate_raw_settings(parse_yaml_settings(R"yaml(
process_names:
  - exe:
    - postmaster
    cmdline:
    - "-D\\s+.+?(?P<Path>[^/]+)(?:$|\\s)"
    name: "{{.ExeBase}}:{{.Matches.Path}}"
  - exe:
    - prometheus
    name: "{{.ExeFull}}:{{.PID}}"
  - comm:
    - cat
    name: "{{.StartTime}}"
)yaml",
                                                                  "test"));
  ASSERT_EQ(settings.rules.size(), 3U);
  const Namer namer(settings.rules);
  const auto postmaster = process("postmaster", {"/usr/bin/postmaster", "-D", "/data/pg"});
  EXPECT_EQ(namer.name(postmaster.facts()).label, "postmaster:pg");
  const auto prometheus = process("prometheus", {"/usr/local/bin/prometheus"});
  EXPECT_EQ(namer.name(prometheus.facts()).label, "/usr/local/bin/prometheus:23");
  const auto cat = process("cat", {"/bin/cat"});
  EXPECT_EQ(namer.name(cat.facts()).label, "2017-10-19 22:52:51.19 +0000 UTC");
}

TEST(ProcessExporterTest, ShippedDefaultTakesWhateverHasACommandLine) {
  const std::string all = R"({"name": "{{.Comm}}", "cmdline": [".+"]})";
  EXPECT_EQ(group_by(all, process("cat", {"/bin/cat", "x"})), "cat");
  EXPECT_EQ(group_by(all, process("kthreadd", {})), "-");
  EXPECT_EQ(group_by(all, process("hidden", {"\xff\xfe"})), "hidden");
}

TEST(ProcessExporterTest, ItemWithoutANameIsCalledByItsBaseName) {
  EXPECT_EQ(group_by(R"({"comm": ["x"]})", process("x", {"/opt/y"})), "y");
  EXPECT_EQ(group_by(R"({"comm": ["kworker/0:1"]})", process("kworker/0:1", {})), "kworker/0:1");
}

TEST(ProcessExporterTest, OptionalCaptureIsEmptyAndTheLaterOfTwoWins) {
  EXPECT_EQ(
      group_by(R"({"name": "[{{.Matches.x}}]", "cmdline": ["a(?P<x>b)?"]})", process("a", {"a"})),
      "[]");
  EXPECT_EQ(group_by(R"json({"name": "{{.Matches.x}}", "cmdline": ["(?P<x>a)", "(?P<x>b)"]})json",
                     process("a", {"a", "b"})),
            "b");
}

TEST(ProcessExporterTest, PathsOfOneBaseNameDoNotOverwriteEachOther) {
  // There the last wins; its documentation promises that all count.
  const std::string item = R"({"name": "pg", "exe": ["/usr/bin/pg", "/opt/pg"]})";
  EXPECT_EQ(group_by(item, process("pg", {"/usr/bin/pg"})), "pg");
  EXPECT_EQ(group_by(item, process("pg", {"/opt/pg"})), "pg");
}

TEST(ProcessExporterTest, BaseNameBesideAPathOfThatNameCountsToo) {
  // There only the last of [pg, /opt/pg] counts.
  EXPECT_EQ(group_by("{name: x, exe: [pg, /opt/pg]}", process("pg", {"/usr/bin/pg"})), "x");
  EXPECT_EQ(group_by("{name: x, exe: [/opt/pg, pg]}", process("pg", {"/usr/bin/pg"})), "x");
}

TEST(ProcessExporterTest, PathInExeIsTheWholeFirstArgument) {
  EXPECT_EQ(group_by("{name: x, exe: [./pg]}", process("pg", {"./pg"})), "x");
  EXPECT_EQ(group_by("{name: x, exe: [./pg]}", process("pg", {"/opt/pg"})), "-");
  EXPECT_EQ(group_by("{name: x, exe: [/opt/pg]}", process("pg", {"/opt/pg/"})), "-");
  EXPECT_EQ(group_by("{name: x, exe: [pg]}", process("pg", {})), "-");
}

TEST(ProcessExporterTest, CommIsComparedExactly) {
  EXPECT_EQ(group_by("{name: x, comm: [bash, sh]}", process("sh", {"sh"})), "x");
  EXPECT_EQ(group_by("{name: x, comm: [bash]}", process("Bash", {"bash"})), "-");
  EXPECT_EQ(group_by("{name: x, comm: ['ba.*']}", process("bash", {"bash"})), "-");
  EXPECT_EQ(group_by("{name: x, comm: [123]}", process("123", {"x"})), "x");
}

TEST(ProcessExporterTest, EveryExpressionOfCmdlineHasToBeFound) {
  const std::string item = R"({name: x, cmdline: ['-a', '\bb\b']})";
  EXPECT_EQ(group_by(item, process("p", {"p", "-a", "b"})), "x");
  EXPECT_EQ(group_by(item, process("p", {"p", "-a", "bb"})), "-");
  EXPECT_EQ(group_by(item, process("p", {"p", "b"})), "-");
}

TEST(ProcessExporterTest, CmdlineSeesArgumentsJoinedBySpaces) {
  EXPECT_EQ(group_by("{name: x, cmdline: ['^p a b$']}", process("p", {"p", "a", "b"})), "x");
  EXPECT_EQ(group_by("{name: x, cmdline: ['^p a$']}", process("p", {"p", "a", "", ""})), "x");
  EXPECT_EQ(group_by("{name: x, cmdline: ['a.b']}", process("p", {"p", "a\nb"})), "-");
  EXPECT_EQ(group_by("{name: x, cmdline: ['.*']}", process("kthreadd", {})), "x");
}

TEST(ProcessExporterTest, SelectorsOfAnItemAreAndedAndTheFirstItemDecides) {
  const std::string yaml = R"(
process_names:
- {name: both, comm: [java], cmdline: [shop]}
- {name: java, comm: [java]}
- {name: "all:{{.Comm}}", cmdline: ['.+']}
)";
  EXPECT_EQ(group_in(yaml, process("java", {"java", "shop"})), "both");
  EXPECT_EQ(group_in(yaml, process("java", {"java", "blog"})), "java");
  EXPECT_EQ(group_in(yaml, process("perl", {"perl", "shop"})), "all:perl");
  EXPECT_EQ(group_in(yaml, process("kthreadd", {})), "-");
}

TEST(ProcessExporterTest, TwoItemsOfOneNameAreOneGroup) {
  const std::string yaml = "process_names: [{name: x, comm: [a]}, {name: x, exe: [b]}]";
  EXPECT_EQ(group_in(yaml, process("a", {"c"})), "x");
  EXPECT_EQ(group_in(yaml, process("c", {"b"})), "x");
}

TEST(ProcessExporterTest, ItsNamesAreNeitherTrimmedNorQuoted) {
  EXPECT_EQ(group_by("{name: ' {{.Comm}}/\"x\" ', comm: [a]}", process("a", {"a"})), " a/\"x\" ");
}

TEST(ProcessExporterTest, MissingCgroupCutsNoNameShort) {
  // There the name ends where its template fails: "A".
  MadeProcess made = process("a", {"a"});
  made.cgroups = {"/x"};
  EXPECT_EQ(group_by("{name: 'A{{index .Cgroups 0}}B', comm: [a]}", made), "A/xB");
  EXPECT_EQ(group_by("{name: 'A{{index .Cgroups 5}}B', comm: [a]}", made), "AB");
}

TEST(ProcessExporterTest, ValueTwiceInAListIsNoMistake) {
  EXPECT_EQ(group_by("{name: x, comm: [a, a]}", process("a", {"a"})), "x");
}

TEST(ProcessExporterTest, WhatItPassesOverInSilenceIsRefused) {
  // A name that no expression captures: "<no value>" there.
  EXPECT_THAT(
      problems_in("process_names: [{name: '{{.Matches.x}}', cmdline: [a]}]"),
      ElementsAre("process_names[0].name: {{.Matches.x}} at byte 0: no cmdline expression of "
                  "this item captures (?P<x>...); it captures none"));
  // Unknown keys.
  EXPECT_THAT(problems_in("process_names: [{com: [a], exe: [b]}]"),
              ElementsAre("process_names[0].com: unknown setting; did you mean comm?"));
  EXPECT_THAT(problems_in("proces_names: [{comm: [a]}]"),
              ElementsAre("proces_names: unknown setting; did you mean process_names?"));
  // Empty lists: comm and exe match nothing there, cmdline everything.
  for (const std::string key : {"comm", "exe", "cmdline"}) {
    EXPECT_THAT(problems_in("process_names: [{" + key + ": []}]"),
                ElementsAre("process_names[0]." + key +
                            ": is an empty list, must be a list of strings that is not empty"));
  }
  // Nothing to track.
  EXPECT_THAT(problems_in("process_names: []"),
              ElementsAre("process_names: is an empty list, must be a list of items such as "
                          "{\"comm\": [\"nginx\"]} that is not empty"));
}

TEST(ProcessExporterTest, WhatItRefusesIsRefused) {
  EXPECT_THAT(problems_in("process_names: [{comm: a}]"),
              ElementsAre("process_names[0].comm: is \"a\", must be a list of strings: [...]"));
  EXPECT_THAT(problems_in("process_names: [{comm: }]"),
              ElementsAre("process_names[0].comm: is null, must be a list of strings: [...]"));
  EXPECT_THAT(
      problems_in("process_names: [{name: x}]"),
      ElementsAre("process_names[0]: has no selector, must have at least one of: comm, exe, "
                  "cmdline, user, cgroup, exe_path, kernel_thread"));
  EXPECT_THAT(
      problems_in("process_names: [{cmdline: ['(?<=a)b']}]"),
      ElementsAre("process_names[0].cmdline[0]: invalid perl operator: \"(?<=a)b\"; RE2 has "
                  "no look-around and no back-references"));
}

}  // namespace
}  // namespace proctally::naming
