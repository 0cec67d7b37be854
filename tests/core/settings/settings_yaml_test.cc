#include "core/settings_yaml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

namespace proctally {
namespace {

using nlohmann::json;
using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

json values_of(const std::string& text) { return parse_yaml_settings(text, "my.yml").values; }

std::vector<std::string> problems_of(const std::string& text) {
  try {
    return parse_yaml_settings(text, "my.yml").problems;
  } catch (const SettingsError& error) {
    return error.problems();
  }
}

TEST(SettingsYamlTest, ReadsTheExampleOfProcessExporter) {
  EXPECT_EQ(values_of(R"x(
process_names:
  # comm is the second field of /proc/<pid>/stat minus parens.
  - comm:
    - bash

  - exe:
    - postgres
    - /usr/local/bin/prometheus

  - name: "{{.ExeFull}}:{{.Matches.Cfgfile}}"
    exe:
    - /usr/local/bin/process-exporter
    cmdline:
    - -config.path\s+(?P<Cfgfile>\S+)
)x"),
            json::parse(R"x({"process_names": [
    {"comm": ["bash"]},
    {"exe": ["postgres", "/usr/local/bin/prometheus"]},
    {"name": "{{.ExeFull}}:{{.Matches.Cfgfile}}", "exe": ["/usr/local/bin/process-exporter"],
     "cmdline": ["-config.path\\s+(?P<Cfgfile>\\S+)"]}]})x"));
}

TEST(SettingsYamlTest, TakesListsAndNamesAsTheyAreWritten) {
  EXPECT_EQ(values_of("process_names:\n- {name: 123, comm: [123, 0x1F, true, 1.50, '4', yes]}\n"),
            json::parse(R"({"process_names": [
    {"name": "123", "comm": ["123", "0x1F", "true", "1.50", "4", "yes"]}]})"));
}

TEST(SettingsYamlTest, TakesAnEmptyNameForNone) {
  const auto items = json::parse(R"({"process_names": [{"comm": ["a"]}, {"comm": ["b"]}]})");
  EXPECT_EQ(values_of("process_names:\n- {name: , comm: [a]}\n- {name: '', comm: [b]}\n"), items);
}

TEST(SettingsYamlTest, KnowsTruthNumbersAndNothing) {
  EXPECT_EQ(values_of("{a: true, b: FALSE, c: 10, d: -5, e: 0, f: null, g: ~, h: }"),
            json::parse(R"({"a": true, "b": false, "c": 10, "d": -5, "e": 0, "f": null, "g": null,
                            "h": null})"));
  EXPECT_EQ(values_of("{a: 'true', b: \"10\", c: yes, d: 010, e: 1h, f: 1e3, g: !!str 5}"),
            json::parse(R"({"a": "true", "b": "10", "c": "yes", "d": "010", "e": "1h", "f": "1e3",
                            "g": "5"})"));
  EXPECT_EQ(values_of("a: |\n  one\n  two\nb: >-\n  one\n  two\n"),
            json::parse(R"({"a": "one\ntwo\n", "b": "one two"})"));
}

TEST(SettingsYamlTest, ReadsJsonAsWhatItIs) {
  const std::string text = R"({"process_names": [{"comm": ["a\u0062", "c\\d"]}], "top": 5})";
  EXPECT_EQ(values_of(text), json::parse(text));
}

TEST(SettingsYamlTest, FollowsAnchorsAndMergeKeys) {
  EXPECT_EQ(values_of("process_names:\n"
                      "- &web {comm: &list [a, b], name: web}\n"
                      "- {<<: *web, name: other}\n"
                      "- name: third\n"
                      "  <<: [{exe: [x]}, *web, {exe: [y]}]\n"
                      "- exe: *list\n"),
            json::parse(R"({"process_names": [{"comm": ["a", "b"], "name": "web"},
                            {"comm": ["a", "b"], "name": "other"},
                            {"comm": ["a", "b"], "exe": ["x"], "name": "third"},
                            {"exe": ["a", "b"]}]})"));
  EXPECT_EQ(values_of("{&key a: &five 5, b: *five, c: [*key], d: {*key : 1}}"),
            json::parse(R"({"a": 5, "b": 5, "c": ["a"], "d": {"a": 1}})"));
}

TEST(SettingsYamlTest, ReadsTheFirstOfSeveralDocuments) {
  EXPECT_EQ(values_of("---\ntop: 5\n---\ntop: 6\n"), json({{"top", 5}}));
  EXPECT_EQ(values_of("%YAML 1.1\n---\ntop: 5\n...\n# behind it\n"), json({{"top", 5}}));
  EXPECT_EQ(values_of("top: 5\n--- [never: read"), json({{"top", 5}}));
}

TEST(SettingsYamlTest, RefusesWhatItWouldOtherwiseLeaveOut) {
  // yaml-cpp takes the second item for a document of its own.
  EXPECT_THAT(problems_of("process_names:\n  - comm: [a]\n - comm: [b]\n"),
              ElementsAre(HasSubstr("my.yml: read as YAML, line 3, column ")));
  EXPECT_THAT(problems_of("{top: 5}\n{top: 6}\n"),
              ElementsAre("my.yml: read as YAML, line 2, column 1: belongs to nothing before it; "
                          "is it indented as what it belongs to?"));
  EXPECT_THAT(problems_of("top: 5\n}"), ElementsAre(StartsWith("my.yml: read as YAML, line 2")));
}

TEST(SettingsYamlTest, RefusesKeysGivenTwiceWithTheirPaths) {
  EXPECT_THAT(problems_of("{top: 1, children: true, top: 2}"),
              ElementsAre("top: given twice in one object; leave one out"));
  EXPECT_THAT(problems_of("process_names:\n- comm: [a]\n- exe: [b]\n  comm: [c]\n  exe: [d]\n"),
              ElementsAre("process_names[1].exe: given twice in one object; leave one out"));
  EXPECT_THAT(problems_of("process_names:\n- &a {comm: [x]}\n- {<<: *a, <<: *a}\n"),
              ElementsAre("process_names[1].<<: given twice in one object; leave one out"));
  EXPECT_THAT(problems_of("process_names:\n- &a {comm: [x]}\n- {<<: *a, comm: [y]}\n"), IsEmpty());
}

TEST(SettingsYamlTest, RefusesAnEmptyFile) {
  for (const std::string text : {"", "\n", "# nothing\n", "---\n", "null", "---\n...\n"}) {
    EXPECT_THAT(problems_of(text), ElementsAre("my.yml: is empty; write {} for the defaults"))
        << text;
  }
  EXPECT_EQ(values_of("{}"), json::object());
}

TEST(SettingsYamlTest, NamesThePlaceOfAMistake) {
  const std::string at = "my.yml: read as YAML, line ";
  const std::string quotes = "; what begins with {{ has to stand in quotes, such as \"{{.Comm}}\"";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"process_names:\n- comm: [a", at + "2, column 1: end of sequence flow not found"},
      {"a: \"\\d\"", at + "1, column 7: unknown escape character: d"},
      {"a: \"x", at + "1, column 6: illegal EOF in scalar"},
      {"a: b: c", at + "1, column 5: illegal map value"},
      {"a: *nowhere", at + "1, column 4: the referenced anchor is not defined"},
      {"a: &x [*x]", at + "1, column 8: an alias of something that it is a part of"},
      {"a: !!binary aGk=",
       at + "1, column 4: the tag tag:yaml.org,2002:binary means nothing here; leave it out"},
      {"- !thing {a: b}", at + "1, column 3: the tag !thing means nothing here; leave it out"},
      {"[a]: b", at + "1, column 1: a key must be a text"},
      {"~: b", at + "1, column 1: a key must be a text"},
      {"a:\n- <<: 5", at + "2, column 7: << must be followed by a map, or by a list of maps"},
      {"process_names:\n- name: {{.Comm}}\n", at + "2, column 10: a key must be a text" + quotes},
      {"a: b\nc: \"\x01\"", at + "2, column 5: a control character 0x01"},
      {"top: 5\x04\nchildren: true", at + "1, column 7: a control character 0x04"},
      {std::string("a: \0b", 5), at + "1, column 4: a control character 0x00"},
      {"ä: 1\nä: \xff", at + "2, column 4: a byte that is no UTF-8"},
      {"\xff\xfe\x61", at + "1, column 1: a byte that is no UTF-8"},
  };
  for (const auto& [text, problem] : cases) {
    EXPECT_THAT(problems_of(text), ElementsAre(problem)) << text;
  }
}

TEST(SettingsYamlTest, AllowsAByteOrderMarkAndWindowsLines) {
  EXPECT_EQ(values_of("\xef\xbb\xbftop: 5\r\nchildren: false\r\n"),
            json({{"top", 5}, {"children", false}}));
}

TEST(SettingsYamlTest, IsNotMadeToNestWithoutEnd) {
  const std::string deep =
      "lists and maps stand in each other more than 32 levels deep; no setting "
      "needs that";
  EXPECT_THAT(problems_of(std::string(32, '[') + std::string(32, ']')), IsEmpty());
  EXPECT_THAT(problems_of(std::string(33, '[') + std::string(33, ']')),
              ElementsAre("my.yml: read as YAML, line 1, column 33: " + deep));
  EXPECT_THAT(problems_of(std::string(100'000, '[')),
              ElementsAre(StartsWith("my.yml: read as YAML, line 1, column ")));
  std::string aliases = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i) {
    aliases += fmt::format("a{0}: &a{0} [*a{1}]\n", i, i - 1);
  }
  EXPECT_THAT(problems_of(aliases), ElementsAre(HasSubstr(deep)));
}

TEST(SettingsYamlTest, IsNotMadeToGrowWithoutEnd) {
  const auto problem = HasSubstr("more than 100000 values, those of aliases too");
  std::string laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 10; ++i) {
    const auto alias = "*a" + std::to_string(i - 1);
    auto list = alias;
    for (int j = 1; j < 10; ++j) list += ", " + alias;
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + list + "]\n";
  }
  EXPECT_THAT(problems_of(laughs), ElementsAre(problem));

  std::string longs = "a: &a " + std::string(100'000, 'x') + "\nb: [";
  for (int i = 0; i < 10'000; ++i) longs += "*a, ";
  EXPECT_THAT(problems_of(longs + "]"), ElementsAre(problem));

  std::string many = "a: [";
  for (int i = 0; i < 200'000; ++i) many += "x, ";
  EXPECT_THAT(problems_of(many + "]"), ElementsAre(problem));
}

TEST(SettingsYamlTest, NeverCrashesOnABeginning) {
  const std::string text =
      "%YAML 1.1\n---\nprocess_names: # c\n- &a {name: \"{{.Comm}}\\t\", comm: ['it''s', *x]}\n"
      "- <<: *a\n  cmdline:\n  - |\n    .+\n  - ? !!str k\n    : v\n...\n";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    (void)problems_of(text.substr(0, size));
    (void)problems_of(text.substr(size));
  }
}

TEST(SettingsSyntaxTest, IsToldByTheNameAndElseByTheContent) {
  const auto is_json = [](const std::string& text, const std::string& name) {
    return syntax_of(text, name) == SettingsSyntax::json;
  };
  EXPECT_TRUE(is_json("top: 5", "/etc/p.json"));
  EXPECT_FALSE(is_json("{}", "/etc/p.yml"));
  EXPECT_FALSE(is_json("{}", "/etc/p.yaml"));
  for (const std::string text :
       {"{", " \t\r\n{}", "// a\n{}", "/* a */ // b\n /**/{}", "\xef\xbb\xbf{}"}) {
    EXPECT_TRUE(is_json(text, "/etc/p")) << text;
  }
  for (const std::string text : {"", "top: 5", "# {}\n{}", "---\n{}", "[]", "/* {", "// {}"}) {
    EXPECT_FALSE(is_json(text, "/etc/p")) << text;
  }
}

TEST(SettingsSyntaxTest, LetsAReaderOfBothReadBoth) {
  const TempDir dir;
  dir.write("a", "top: 5");
  dir.write("b", "{\"top\": 5}");
  dir.write("c.yml", "top: 5");
  for (const auto* name : {"/a", "/b", "/c.yml"}) {
    EXPECT_EQ(read_settings(dir.string() + name).values, json({{"top", 5}})) << name;
  }
}

TEST(SettingsSyntaxTest, LetsAReaderOfJsonSayWhatItIs) {
  const TempDir dir;
  dir.write("a", "top: 5");
  const auto file = dir.string() + "/a";
  try {
    (void)load_settings(file);
    FAIL();
  } catch (const SettingsError& error) {
    EXPECT_THAT(error.problems(),
                ElementsAre(file + ": is no JSON, which is all that is read here; "
                                   "\"proctally-exec --check --config FILE\" prints settings in "
                                   "YAML as JSON"));
  }
}

}  // namespace
}  // namespace proctally
