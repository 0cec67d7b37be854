#include "core/settings_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace proctally {
namespace {

using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

template <typename Read>
std::vector<std::string> problems_of(const Read& read) {
  try {
    read();
    return {};
  } catch (const SettingsError& error) {
    return error.problems();
  }
}

std::vector<std::string> problems_in(const std::string& text) {
  return problems_of([&] { (void)parse_settings(text, "my.json"); });
}

std::vector<std::string> problems_with(const std::string& file) {
  return problems_of([&] { (void)load_settings(file); });
}

TEST(SettingsFileTest, ReadsAFile) {
  const TempDir dir;
  dir.write("p.json", R"({"max_groups": 7})");
  EXPECT_EQ(load_settings(dir.string() + "/p.json").max_groups, 7U);
}

TEST(SettingsFileTest, ReadsALargeFileWhole) {
  const TempDir dir;
  dir.write("p.json", std::string(1 << 20, ' ') + R"({"max_groups": 7})");
  EXPECT_EQ(load_settings(dir.string() + "/p.json").max_groups, 7U);
}

TEST(SettingsFileTest, ReadsAPipe) {
  const TempDir dir;
  const auto pipe = dir.string() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { dir.write("pipe", R"({"max_groups": 7})"); });
  EXPECT_EQ(load_settings(pipe).max_groups, 7U);
  writer.join();
}

TEST(SettingsFileTest, WaitsForNoPipeThatNobodyWritesTo) {
  const TempDir dir;
  const auto pipe = dir.string() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(problems_with(pipe),
              ElementsAre(pipe + ": cannot be read: nothing comes for 2 seconds"));
}

TEST(SettingsFileTest, EndsOnADeviceWithoutAnEnd) {
  EXPECT_THAT(problems_with("/dev/zero"),
              ElementsAre("/dev/zero: is larger than 4 MiB, which settings never are"));
}

TEST(SettingsFileTest, RefusesANumberThatNoTypeHolds) {
  EXPECT_THAT(problems_in(R"({"max_groups": 1e400})"),
              ElementsAre(::testing::StartsWith("my.json: no valid JSON: ")));
}

TEST(SettingsFileTest, RefusesListsInListsWithoutEnd) {
  EXPECT_THAT(problems_in(std::string(100'000, '[')),
              ElementsAre("settings: lists and objects stand in each other more than 32 levels "
                          "deep; no setting needs that"));
}

TEST(SettingsFileTest, RefusesANulInAName) {
  EXPECT_THAT(problems_in(R"({"process_names": [{"name": "x", "comm": ["a\u0000"]}]})"),
              ElementsAre("process_names[0].comm[0]: is \"a\\u0000\", must not contain a NUL "
                          "character"));
}

TEST(SettingsFileTest, NamesAHundredProblemsAndThenNoMore) {
  std::string text = "{";
  for (int i = 0; i < 500; ++i) text += "\"unknown" + std::to_string(i) + "\": 1,";
  text.back() = '}';
  const auto problems = problems_in(text);
  EXPECT_EQ(problems.size(), 101U);
  EXPECT_EQ(problems.back(), "settings: more problems than these; mend them first");
}

TEST(SettingsFileTest, AllowsCommentsAndAByteOrderMark) {
  EXPECT_EQ(parse_settings(R"(// first
    { /* "max_groups": 8, */ "max_groups": 7 // last
    })",
                           "x")
                .max_groups,
            7U);
  EXPECT_EQ(parse_settings("\xef\xbb\xbf{\"max_groups\": 7}", "x").max_groups, 7U);
}

TEST(SettingsFileTest, NamesAFileThatCannotBeRead) {
  const TempDir dir;
  const auto none = dir.string() + "/none.json";
  EXPECT_THAT(problems_with(none),
              ElementsAre(none + ": cannot be read: No such file or directory"));
  EXPECT_THAT(problems_with(dir.string()),
              ElementsAre(dir.string() + ": cannot be read: Is a directory"));
  EXPECT_THAT(problems_with("/proc/version/x"),
              ElementsAre("/proc/version/x: cannot be read: Not a directory"));
}

TEST(SettingsFileTest, NamesAFileThatMayNotBeRead) {
  const TempDir dir;
  dir.write("p.json", "{}");
  const auto file = dir.string() + "/p.json";
  ASSERT_EQ(::chmod(file.c_str(), 0), 0);
  ASSERT_EQ(::chmod(dir.string().c_str(), 0755), 0);
  EXPECT_EQ(test::exit_status_as_nobody([&] {
              const auto problems = problems_with(file);
              return problems == std::vector{file + ": cannot be read: Permission denied"} ? 0 : 1;
            }),
            0);
}

TEST(SettingsFileTest, SaysAtWhichLineAndColumnJsonEnds) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"",
       "my.json: no valid JSON at line 1, column 1: syntax error while parsing value - unexpected "
       "end of input; expected '[', '{', or a literal"},
      {"{\n  \"children\": true,\n}",
       "my.json: no valid JSON at line 3, column 1: syntax error while parsing object key - "
       "unexpected '}'; expected string literal"},
      {"{\n  \"children\": yes\n}",
       "my.json: no valid JSON at line 2, column 15: syntax error while parsing value - invalid "
       "literal; last read: '\"children\": y'"},
      {"{\"children\": true",
       "my.json: no valid JSON at line 1, column 18: syntax error while parsing object - "
       "unexpected end of input; expected '}'"},
      {"{} {}",
       "my.json: no valid JSON at line 1, column 4: syntax error while parsing value - unexpected "
       "'{'; expected end of input"},
      {"{'children': true}",
       "my.json: no valid JSON at line 1, column 2: syntax error while parsing object key - "
       "invalid literal; last read: '{''; expected string literal"},
      {"{\"a\": \"\xff\"}",
       "my.json: no valid JSON at line 1, column 8: syntax error while parsing value - invalid "
       "string: ill-formed UTF-8 byte; last read: '\"\xff'"},
      {"/* never closed",
       "my.json: no valid JSON at line 1, column 16: syntax error while parsing value - invalid "
       "comment; missing closing '*/'; last read: '/* never closed'"},
      {"process_names:\n  - comm: [a]\n",
       "my.json: no valid JSON at line 1, column 1: syntax error while parsing value - invalid "
       "literal; last read: 'p'"},
  };
  for (const auto& [text, problem] : cases) {
    EXPECT_THAT(problems_in(text), ElementsAre(problem)) << text;
  }
}

TEST(SettingsFileTest, RefusesAKeyThatIsGivenTwiceWithItsPath) {
  EXPECT_THAT(problems_in(R"({"children": true, "children": true})"),
              ElementsAre("children: given twice in one object; leave one out"));
  EXPECT_THAT(problems_in(R"({"process_names": [{"comm": ["a"]},
                                                {"comm": ["b"], "exe": ["x"], "comm": ["c"]}]})"),
              ElementsAre("process_names[1].comm: given twice in one object; leave one out"));
  EXPECT_THAT(problems_in(R"({"collect": ["cpu"], "process_names": [{"comm": ["a"], "comm": ["b"],
                              "comm": ["c"]}], "collect": ["io"]})"),
              ElementsAre("process_names[0].comm: given twice in one object; leave one out",
                          "process_names[0].comm: given twice in one object; leave one out",
                          "collect: given twice in one object; leave one out"));
}

TEST(SettingsFileTest, AllowsOneKeyInSeveralObjects) {
  EXPECT_THAT(parse_settings(R"({"process_names": [{"comm": ["a"]}, {"comm": ["a"]}]})", "x").rules,
              SizeIs(2));
}

TEST(SettingsFileTest, ReportsKeysGivenTwiceTogetherWithAllOtherProblems) {
  EXPECT_THAT(problems_in(R"({"children": true, "children": 1, "max_groups": 0})"),
              ElementsAre("children: given twice in one object; leave one out",
                          "children: is 1, must be true or false",
                          "max_groups: is 0, must be a whole number from 1 to 100000"));
}

}  // namespace
}  // namespace proctally
