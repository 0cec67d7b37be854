// Every mistake a user can make in the settings, and exactly what he is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/settings_file.h"

namespace proctally {
namespace {

using testing::ElementsAreArray;

using Problems = std::vector<std::string>;

struct Mistake {
  std::string settings;
  Problems problems;
};

Problems problems_of(const std::string& settings) {
  try {
    (void)parse_settings(settings, "test");
    return {};
  } catch (const SettingsError& error) {
    return error.problems();
  }
}

void expect_all(const std::vector<Mistake>& mistakes) {
  for (const auto& mistake : mistakes) {
    EXPECT_THAT(problems_of(mistake.settings), ElementsAreArray(mistake.problems))
        << mistake.settings;
  }
}

/// Mistakes in a single item of process_names.
void expect_all_in_an_item(const std::vector<Mistake>& mistakes) {
  for (const auto& mistake : mistakes) {
    EXPECT_THAT(problems_of(R"({"process_names": [)" + mistake.settings + "]}"),
                ElementsAreArray(mistake.problems))
        << mistake.settings;
  }
}

const std::string kFamilies =
    "cpu, processes, states, memory, io, faults, context_switches, fds, start_time, pss";
const std::string kKeys =
    "process_names, children, collect, baseline, max_groups, group_ttl, remove_empty_groups, top, "
    "recheck_for, pss_budget, pss_deadline, measurement, group_tag";
const std::string kItemKeys =
    "name, names, exclude, threads, comm, exe, cmdline, user, cgroup, exe_path, kernel_thread";
const std::string kNoSelector =
    "process_names[0]: has no selector, must have at least one of: comm, exe, cmdline, user, "
    "cgroup, exe_path, kernel_thread";

TEST(SettingsMistakesTest, OfTheWholeFile) {
  expect_all({
      {"[]", {"settings: is a list, must be an object: {...}"}},
      {"null", {"settings: is null, must be an object: {...}"}},
      {"\"x\"", {"settings: is \"x\", must be an object: {...}"}},
      {R"({"process_name": []})", {"process_name: unknown setting; did you mean process_names?"}},
      {R"({"Children": true})", {"Children: unknown setting; did you mean children?"}},
      {R"({"max-groups": 5})", {"max-groups: unknown setting; did you mean max_groups?"}},
      {R"({"interval": "10s"})", {"interval: unknown setting; allowed: " + kKeys}},
      {R"({"": 1})", {"settings: unknown setting; allowed: " + kKeys}},
  });
}

TEST(SettingsMistakesTest, OfProcessNamesAsAWhole) {
  const std::string such = "items such as {\"comm\": [\"nginx\"]}";
  expect_all({
      {R"({"process_names": []})",
       {"process_names: is an empty list, must be a list of " + such + " that is not empty"}},
      {R"({"process_names": null})",
       {"process_names: is null, must be a list of " + such + ": [...]"}},
      {R"({"process_names": {"comm": ["a"]}})",
       {"process_names: is an object, must be a list of " + such + ": [...]"}},
      {R"({"process_names": ["nginx"]})",
       {"process_names[0]: is \"nginx\", must be an object: {...}"}},
      {R"({"process_names": [{"comm": ["a"]}, []]})",
       {"process_names[1]: is a list, must be an object: {...}"}},
  });
}

TEST(SettingsMistakesTest, OfTheKeysOfAnItem) {
  expect_all_in_an_item({
      {"{}", {kNoSelector}},
      {R"({"name": "x"})", {kNoSelector}},
      {R"({"exclude": true})", {kNoSelector}},
      {R"({"comms": ["a"], "exe": ["a"]})",
       {"process_names[0].comms: unknown setting; did you mean comm?"}},
      {R"({"Exe": ["a"]})",
       {"process_names[0].Exe: unknown setting; did you mean exe?", kNoSelector}},
      {R"({"cmd_line": ["a"], "exe": ["a"]})",
       {"process_names[0].cmd_line: unknown setting; did you mean cmdline?"}},
      {R"({"pid": 1, "exe": ["a"]})",
       {"process_names[0].pid: unknown setting; allowed: " + kItemKeys}},
  });
}

TEST(SettingsMistakesTest, OfEachListOfSelectors) {
  for (const std::string key : {"comm", "exe", "exe_path", "user", "cgroup", "cmdline"}) {
    const auto path = "process_names[0]." + key;
    const auto item = [&key](const std::string& value) {
      return R"({")" + key + R"(": )" + value + "}";
    };
    expect_all_in_an_item({
        {item("\"a\""), {path + ": is \"a\", must be a list of strings: [...]"}},
        {item("null"), {path + ": is null, must be a list of strings: [...]"}},
        {item("{}"), {path + ": is an object, must be a list of strings: [...]"}},
        {item("[]"), {path + ": is an empty list, must be a list of strings that is not empty"}},
        {item("[\"a\", 5]"), {path + "[1]: is 5, must be a string"}},
        {item("[[\"a\"], null]"),
         {path + "[0]: is a list, must be a string", path + "[1]: is null, must be a string"}},
        {item("[\"\"]"), {path + "[0]: is empty, must be a string of at least one character"}},
    });
  }
}

TEST(SettingsMistakesTest, OfExpressions) {
  const std::string path = "process_names[0].cmdline[0]: ";
  const std::string re2 = "; RE2 has no look-around and no back-references";
  const auto item = [](const std::string& expression) {
    return R"({"cmdline": [")" + expression + R"("]})";
  };
  expect_all_in_an_item({
      {item("(["), {path + "missing ]: \"([\""}},
      {item("a(b"), {path + "missing ): \"a(b\""}},
      {item("a)"), {path + "unexpected ): \"a)\""}},
      {item("*a"), {path + "no argument for repetition operator: \"*a\""}},
      {item("a**"), {path + "bad repetition operator: \"a**\""}},
      {item("a{1001}"), {path + "invalid repetition size: \"a{1001}\""}},
      {item("[z-a]"), {path + "invalid character class range: \"[z-a]\""}},
      {item("\\\\y"), {path + "invalid escape sequence: \"\\\\y\""}},
      {item("(?=x)"), {path + "invalid perl operator: \"(?=x)\"" + re2}},
      {item("a(?!x)"), {path + "invalid perl operator: \"a(?!x)\"" + re2}},
      {item("(?<=x)"), {path + "invalid perl operator: \"(?<=x)\"" + re2}},
      {item("(a)\\\\1"), {path + "invalid escape sequence: \"(a)\\\\1\"" + re2}},
      {item("(?P<n>a)(?P<n>b)"), {path + "captures (?P<n>...) twice: \"(?P<n>a)(?P<n>b)\""}},
      {item("(?P<>a)"), {path + "invalid named capture group: \"(?P<>a)\""}},
      {item("((a{100}){100}){100}"), {path + "invalid repetition size: \"((a{100}){100}){100}\""}},
      {R"({"cmdline": ["ok", "(", "[", "ok2"], "name": "{{.Matches.x}}"})",
       {"process_names[0].cmdline[1]: missing ): \"(\"",
        "process_names[0].cmdline[2]: missing ]: \"[\""}},
  });
}

TEST(SettingsMistakesTest, OfOtherValuesOfAnItem) {
  const std::string allowed =
      "; allowed: {{.Comm}} {{.ExeBase}} {{.ExeFull}} {{.Username}} {{.PID}} {{.StartTime}} "
      "{{.Matches.NAME}} {{.Capture}} {{.Cgroups}} {{index .Cgroups N}} {{.Unit}} {{.Container}}";
  expect_all_in_an_item({
      {R"({"kernel_thread": "yes"})",
       {"process_names[0].kernel_thread: is \"yes\", must be true or false"}},
      {R"({"comm": ["a"], "exclude": 1})",
       {"process_names[0].exclude: is 1, must be true or false"}},
      {R"({"comm": ["a"], "exclude": true, "name": "x"})",
       {"process_names[0].name: has no use where exclude is true; leave one of them out"}},
      {R"({"comm": ["a"], "exclude": true, "names": ["x"]})",
       {"process_names[0].names: has no use where exclude is true; leave one of them out"}},
      {R"({"comm": ["a"], "names": "a"})",
       {"process_names[0].names: is \"a\", must be a list of strings: [...]"}},
      {R"({"comm": ["a"], "name": "x", "names": ["y"]})",
       {"process_names[0].names: has no \"x\", which is the item's name, so that it never "
        "matches"}},
      {R"json({"cmdline": ["a.b"], "name": "{{.Capture}}"})json",
       {"process_names[0].name: {{.Capture}} is what a group (...) of the item's cmdline "
        "captures, which has none"}},
      {R"({"comm": ["a"], "name": "{{.Capture}}"})",
       {"process_names[0].name: {{.Capture}} is what a group (...) of the item's cmdline "
        "captures, which has none"}},
      {R"({"comm": ["a"], "name": 5})", {"process_names[0].name: is 5, must be a string"}},
      {R"({"comm": ["a"], "name": ["x"]})", {"process_names[0].name: is a list, must be a string"}},
      {R"({"comm": ["a"], "name": ""})",
       {"process_names[0].name: is empty, must be a string of at least one character"}},
      {R"({"comm": ["a"], "name": "x{{.Com}}"})",
       {"process_names[0].name: {{.Com}} at byte 1 is unknown" + allowed}},
      {R"({"comm": ["a"], "name": "{{.Comm"})",
       {"process_names[0].name: {{ at byte 0 without }}" + allowed}},
      {R"({"comm": ["a"], "name": "{{.Matches.port}}"})",
       {"process_names[0].name: {{.Matches.port}} at byte 0: no cmdline expression of this item "
        "captures (?P<port>...); it captures none"}},
      {R"json({"cmdline": ["(?P<prt>x)(y)"], "name": "{{.Matches.port}}"})json",
       {"process_names[0].name: {{.Matches.port}} at byte 0: no cmdline expression of this item "
        "captures (?P<port>...); captured: prt"}},
  });
}

TEST(SettingsMistakesTest, OfSimpleValues) {
  const std::string groups = ", must be a whole number from 1 to 100000";
  const std::string ttl = ", must be a duration such as \"30s\", \"10m\" or \"1h30m\"";
  expect_all({
      {R"({"children": "true"})", {"children: is \"true\", must be true or false"}},
      {R"({"children": null})", {"children: is null, must be true or false"}},
      {R"({"baseline": "now"})", {"baseline: is \"now\"; allowed: start, lifetime"}},
      {R"({"baseline": "life_time"})", {"baseline: is \"life_time\"; did you mean lifetime?"}},
      {R"({"baseline": 0})", {"baseline: is 0, must be one of: start, lifetime"}},
      {R"({"max_groups": 0})", {"max_groups: is 0" + groups}},
      {R"({"max_groups": 100001})", {"max_groups: is 100001" + groups}},
      {R"({"max_groups": -5})", {"max_groups: is -5" + groups}},
      {R"({"max_groups": 10.5})", {"max_groups: is 10.5" + groups}},
      {R"({"max_groups": "10"})", {"max_groups: is \"10\"" + groups}},
      {R"({"max_groups": 99999999999999999999})", {"max_groups: is 1e+20" + groups}},
      {R"({"group_ttl": "1 hour"})", {"group_ttl: is \"1 hour\"" + ttl}},
      {R"({"group_ttl": 3600})", {"group_ttl: is 3600" + ttl}},
      {R"({"group_ttl": "-1s"})", {"group_ttl: is \"-1s\"" + ttl}},
      {R"({"group_ttl": ""})", {"group_ttl: is \"\"" + ttl}},
      {R"({"recheck_for": true})", {"recheck_for: is true" + ttl}},
      {R"({"top": 0})", {"top: is 0" + groups}},
      {R"({"top": "20"})", {"top: is \"20\"" + groups}},
      {R"({"pss_budget": "1us"})", {"pss_budget: is \"1us\", must be a time from 10us to 10s"}},
      {R"({"pss_deadline": "1m"})", {"pss_deadline: is \"1m\", must be a time from 10us to 10s"}},
      {R"({"pss_deadline": 5})", {"pss_deadline: is 5" + ttl}},
      {R"({"remove_empty_groups": "yes"})",
       {"remove_empty_groups: is \"yes\", must be true or false"}},
  });
}

TEST(SettingsMistakesTest, OfCollect) {
  expect_all({
      {R"({"collect": "cpu"})",
       {"collect: is \"cpu\", must be a list of " + kFamilies + ": [...]"}},
      {R"({"collect": []})",
       {"collect: is an empty list, must be a list of " + kFamilies + " that is not empty"}},
      {R"({"collect": ["cpus"]})", {"collect[0]: is \"cpus\"; did you mean cpu?"}},
      {R"({"collect": ["cpu", "threads"]})", {"collect[1]: is \"threads\"; allowed: " + kFamilies}},
      {R"({"collect": [1]})", {"collect[0]: is 1, must be one of: " + kFamilies}},
      {R"({"collect": ["io", "cpu", "io"]})", {"collect[2]: io stands in the list twice"}},
  });
}

TEST(SettingsMistakesTest, OfTheNamesInTheOutput) {
  const std::string letters = ", must be 1 to 64 of the characters a-z A-Z 0-9 _ . -";
  const std::string other = "; choose another, such as groupname";
  expect_all({
      {R"({"measurement": "a b"})", {"measurement: is \"a b\"" + letters}},
      {R"({"measurement": "a,b=c"})", {"measurement: is \"a,b=c\"" + letters}},
      {R"({"measurement": "a\n"})", {"measurement: is \"a\\n\"" + letters}},
      {R"({"measurement": "é"})", {"measurement: is \"é\"" + letters}},
      {R"({"measurement": ""})",
       {"measurement: is empty, must be a string of at least one character"}},
      {R"({"measurement": "proctally_self"})",
       {"measurement: is \"proctally_self\", which is the row about proctally itself; choose "
        "another, such as proctally"}},
      {R"({"measurement": 1})", {"measurement: is 1, must be a string"}},
      {R"({"measurement": ")" + std::string(65, 'm') + R"("})",
       {"measurement: is \"" + std::string(59, 'm') + "..." + letters}},
      {R"({"group_tag": "a b"})", {"group_tag: is \"a b\"" + letters}},
      {R"({"group_tag": false})", {"group_tag: is false, must be a string"}},
      {R"({"group_tag": "cpu_time"})",
       {"group_tag: is \"cpu_time\", which is the name of a field" + other}},
      {R"({"group_tag": "host"})",
       {"group_tag: is \"host\", which is used by Telegraf or InfluxDB" + other}},
      {R"({"group_tag": "threadname"})",
       {"group_tag: is \"threadname\", which is a tag of the rows of threads" + other}},
      {R"({"group_tag": "wchan"})",
       {"group_tag: is \"wchan\", which is a tag of the rows of threads" + other}},
      {R"({"group_tag": "time"})",
       {"group_tag: is \"time\", which is used by Telegraf or InfluxDB" + other}},
      {R"({"group_tag": "_field"})",
       {"group_tag: is \"_field\", which is used by Telegraf or InfluxDB" + other}},
  });
}

TEST(SettingsMistakesTest, ShowNoMoreOfALongValueThanALine) {
  const std::string dozen = "ääääääääääää";
  expect_all({{R"({"children": ")" + dozen + dozen + dozen + R"("})",
               {"children: is \"" + dozen + dozen + "äääää..., must be true or false"}}});
}

TEST(SettingsMistakesTest, AreAllReportedAtOnce) {
  expect_all(
      {{R"({
    "process_names": [
      {"comm": [], "name": "{{.Nope}}"},
      {"exe": ["a", "a"], "cmdline": ["("], "user": "root"},
      7,
      {"comm": ["ok"]}
    ],
    "childern": true,
    "children": 1,
    "collect": ["cpu", "disk"],
    "baseline": "never",
    "max_groups": 0,
    "group_ttl": "soon",
    "measurement": "a b",
    "group_tag": "host"
  })",
        {
            "childern: unknown setting; did you mean children?",
            "process_names[0].comm: is an empty list, must be a list of strings that is not empty",
            "process_names[0].name: {{.Nope}} at byte 0 is unknown; allowed: {{.Comm}} "
            "{{.ExeBase}} {{.ExeFull}} {{.Username}} {{.PID}} {{.StartTime}} "
            "{{.Matches.NAME}} {{.Capture}} {{.Cgroups}} {{index .Cgroups N}} {{.Unit}} "
            "{{.Container}}",
            "process_names[1].user: is \"root\", must be a list of strings: [...]",
            "process_names[1].cmdline[0]: missing ): \"(\"",
            "process_names[2]: is 7, must be an object: {...}",
            "children: is 1, must be true or false",
            "collect[1]: is \"disk\"; allowed: " + kFamilies,
            "baseline: is \"never\"; allowed: start, lifetime",
            "max_groups: is 0, must be a whole number from 1 to 100000",
            "group_ttl: is \"soon\", must be a duration such as \"30s\", \"10m\" or "
            "\"1h30m\"",
            "measurement: is \"a b\", must be 1 to 64 of the characters a-z A-Z 0-9 _ . -",
            "group_tag: is \"host\", which is used by Telegraf or InfluxDB; choose "
            "another, such as groupname",
        }}});
}

}  // namespace
}  // namespace proctally
