// What a person, or a script, gets from a call of proctally-exec.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/settings_file.h"
#include "tests/plugins/exec/program.h"
#include "tests/support/graphite_lines.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins {
namespace {

using test::Program;
using test::TempDir;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::StartsWith;

struct Result {
  int code = 0;
  std::string output;
  std::string log;
};

Result result_of(const std::vector<std::string>& arguments,
                 const std::vector<std::string>& environment = {}) {
  Program program({.arguments = arguments, .environment = environment});
  const auto code = program.finish();
  return {code, program.output(), program.log()};
}

/// Settings in a file of their own.
class SettingsInFile {
 public:
  explicit SettingsInFile(const std::string& text) { dir_.write("p.json", text); }
  [[nodiscard]] std::string path() const { return dir_.string() + "/p.json"; }

 private:
  TempDir dir_;
};

TEST(MainTest, RefusesAWrongCommandLineWithCode64) {
  const auto result = result_of({"--frobnicate"});
  EXPECT_EQ(result.code, 64);
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(result.log, "E! unrecognised option '--frobnicate'; see --help\n");
}

TEST(MainTest, RefusesWrongSettingsWithCode78AndEveryProblem) {
  const SettingsInFile settings(R"({"childern": 1, "max_groups": 0})");
  for (const std::string action : {"--check", "--once", "--explain", "--log-level=info"}) {
    const auto result = result_of({"--config", settings.path(), action});
    EXPECT_EQ(result.code, 78) << action;
    EXPECT_EQ(result.output, "") << action;
    EXPECT_EQ(result.log,
              "E! childern: unknown setting; did you mean children?\n"
              "E! max_groups: is 0, must be a whole number from 1 to 100000\n")
        << action;
  }
}

TEST(MainTest, RefusesSettingsThatItCannotReadWithCode78) {
  auto result = result_of({"--config", "/none.json"});
  EXPECT_EQ(result.code, 78);
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(result.log, "E! /none.json: cannot be read: No such file or directory\n");
  result = result_of({"--config", "/"});
  EXPECT_EQ(result.code, 78);
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(result.log, "E! /: cannot be read: Is a directory\n");
}

TEST(MainTest, RefusesAProcfsThatIsNoneWithCode78) {
  for (const auto& result :
       {result_of({"--procfs", "/none"}), result_of({}, {"HOST_PROC=/none"})}) {
    EXPECT_EQ(result.code, 78);
    EXPECT_EQ(result.output, "");
    EXPECT_EQ(result.log,
              "E! --procfs: /none: No such file or directory; must be where a procfs is mounted, "
              "such as /proc\n");
  }
}

TEST(MainTest, PrefersTheOptionToHostProc) {
  const auto result = result_of({"--procfs", "/proc", "--once"}, {"HOST_PROC=/none"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.output, HasSubstr("proctally_self "));
}

TEST(MainTest, ExplainsItselfOnHelp) {
  const auto result = result_of({"--help"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.output, StartsWith("proctally-exec: "));
  EXPECT_THAT(result.output, HasSubstr("signal = \"STDIN\""));
  EXPECT_THAT(result.output, HasSubstr("--config FILE"));
  EXPECT_EQ(result.log, "");
}

TEST(MainTest, TellsItsVersion) {
  const auto result = result_of({"-version"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.output, MatchesRegex("proctally-exec [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(result.log, "");
}

TEST(MainTest, ChecksSettingsAndPrintsWhatIsInEffect) {
  const SettingsInFile settings(R"({"max_groups": 7} // a comment)");
  const auto result = result_of({"--check", "--config", settings.path()});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.log, "");
  EXPECT_EQ(result.output, load_settings(settings.path()).effective + "\n");
  EXPECT_EQ(nlohmann::json::parse(result.output)["max_groups"], 7);
}

TEST(MainTest, ReadsYamlAndPrintsItAsJson) {
  const TempDir dir;
  dir.write("all.yaml", "process_names:\n- name: \"{{.Comm}}\"\n  cmdline:\n  - '.+'\n");
  const auto result = result_of({"--check", "-config.path", dir.string() + "/all.yaml"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.log, "");
  EXPECT_EQ(nlohmann::json::parse(result.output)["process_names"],
            nlohmann::json::parse(R"([{"name": "{{.Comm}}", "cmdline": [".+"]}])"));
}

TEST(MainTest, RefusesMistakesInYamlWithTheirPlace) {
  const TempDir dir;
  dir.write("p.yml", "process_names:\n- name: {{.Comm}}\n  comm: [a]\n");
  const auto file = dir.string() + "/p.yml";
  const auto result = result_of({"--check", "--config", file});
  EXPECT_EQ(result.code, 78);
  EXPECT_EQ(result.log, "E! " + file +
                            ": read as YAML, line 2, column 10: a key must be a text; what begins "
                            "with {{ has to stand in quotes, such as \"{{.Comm}}\"\n");
}

TEST(MainTest, PrintsTheSettingsThatFlagsOfProcessExporterMake) {
  const auto result = result_of({"--check", "-procnames", "bash,java", "-namemapping",
                                 "java,-jar (\\w+)", "-children=false", "-threads=false"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.log, "");
  const SettingsInFile settings(result.output);
  EXPECT_EQ(result_of({"--check", "--config", settings.path()}).output, result.output);
  EXPECT_EQ(nlohmann::json::parse(result.output)["children"], false);
}

TEST(MainTest, ChecksTheDefaultsWithoutAFile) {
  const auto result = result_of({"--check"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.output, parse_settings("{}", "").effective + "\n");
}

TEST(MainTest, WarnsOfWhatIsHardlyMeant) {
  const SettingsInFile settings(R"({"process_names": [{"comm": ["prometheus-node-exporter"]}]})");
  const auto result = result_of({"--check", "--config", settings.path()});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.log, StartsWith("W! process_names[0].comm[0]: the kernel cuts names at 15"));
}

TEST(MainTest, ExplainsWhichRulePutsEachProcessWhere) {
  const SettingsInFile settings(R"({"process_names": [{"comm": ["no-such-thing"]},
                                                      {"name": "all", "kernel_thread": false}]})");
  const auto result = result_of({"--explain", "--config", settings.path()});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.output, StartsWith("CPU time from: "));
  EXPECT_THAT(result.output, ContainsRegex("\n +PID  COMM +GROUP +WHY\n"));
  EXPECT_THAT(result.output, ContainsRegex("\n *" + std::to_string(::getpid()) +
                                           "  exec_test +all +process_names\\[1\\]\n"));
}

TEST(MainTest, ExplainsExclusionAndInheritance) {
  const SettingsInFile excluding(
      R"({"process_names": [{"exclude": true, "comm": ["exec_test"]}]})");
  const auto pid = std::to_string(::getpid());
  EXPECT_THAT(result_of({"--explain", "--config", excluding.path()}).output,
              ContainsRegex("\n *" + pid + "  exec_test +- +process_names\\[0\\] excludes it\n"));
  const SettingsInFile matching(R"({"process_names": [{"name": "us", "comm": ["exec_test"]}]})");
  EXPECT_THAT(result_of({"--explain", "--config", matching.path()}).output,
              ContainsRegex("  proctally-exec +us +no rule matches; its parent " + pid +
                            " is in that group\n"));
}

TEST(MainTest, PrintsOnceAndEndsWhateverItsInputIs) {
  Program program({.arguments = {"--once"}});
  EXPECT_EQ(program.finish(), 0);
  ASSERT_THAT(program.batches(), SizeIs(1));
  EXPECT_GT(program.batches().front().size(), 1U);
}

TEST(MainTest, CountsWholeLivesOnce) {
  const SettingsInFile settings(R"({"process_names": [{"name": "us", "comm": ["exec_test"]}]})");
  const std::string name = "cpu_time=";
  const auto output = result_of({"--once", "--config", settings.path()}).output;
  EXPECT_THAT(output, StartsWith("proctally,groupname=us cpu_time="));
  EXPECT_GT(std::stod(output.substr(output.find(name) + name.size())), 0.0);
  EXPECT_THAT(output, testing::Not(HasSubstr("cpu_usage=")));
}

TEST(MainTest, ScansTwiceForUsageWhereAnIntervalIsGiven) {
  const auto result = result_of({"--once", "--interval", "100ms"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.output, HasSubstr("cpu_usage="));
}

TEST(MainTest, PrintsGraphitesLines) {
  const auto before = std::time(nullptr);
  const auto result = result_of({"--once", "--format", "graphite"});
  ASSERT_EQ(result.code, 0) << result.log;
  const auto lines = support::parse_graphite(result.output);
  ASSERT_GT(lines.size(), 10);
  bool has_us = false;
  for (const auto& line : lines) {
    EXPECT_THAT(line.nodes, SizeIs(4));
    EXPECT_EQ(line.nodes.at(0), "proctally");
    EXPECT_GE(line.seconds, before);
    EXPECT_LE(line.seconds, std::time(nullptr));
    has_us |= line.nodes.at(2) == "exec_test" && line.nodes.at(3) == "num_procs";
  }
  EXPECT_TRUE(has_us) << result.output;
}

TEST(MainTest, PrintsOtherFormats) {
  const auto json = result_of({"--once", "--format", "json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_TRUE(nlohmann::json::accept(json.output));
  const auto table = result_of({"--once", "--format", "table", "--interval", "100ms"});
  EXPECT_EQ(table.code, 0);
  EXPECT_THAT(table.output, HasSubstr("exec_test"));
  EXPECT_THAT(table.output, testing::Not(HasSubstr("\x1b"))) << "colours are for terminals";
}

TEST(MainTest, LetsItselfBeInterruptedWhileItWaitsForTheSecondScan) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    Program program({.arguments = {"--once", "--interval", "24h", "--log-level", "debug"}});
    ASSERT_TRUE(program.wait_for_log("CPU time from"));
    program.signal(number);
    EXPECT_EQ(program.finish(), -number);
    EXPECT_EQ(program.output(), "");
  }
}

TEST(MainTest, SaysThatItsOutputCannotBeWritten) {
  Program program({.arguments = {"--check"}, .output = Program::Output::full_disk});
  EXPECT_EQ(program.finish(), 1);
  EXPECT_EQ(program.log(), "E! stdout: No space left on device\n");
}

TEST(MainTest, EndsLikeAnyOtherCommandWhenItsReaderHasSeenEnough) {
  Program program({.arguments = {"--check"}, .output = Program::Output::pipe_without_reader});
  EXPECT_EQ(program.finish(), -SIGPIPE);
  EXPECT_EQ(program.log(), "");
}

TEST(MainTest, SaysWhichRoutesItTakesForTheCurious) {
  const auto result = result_of({"--once", "--log-level", "debug"});
  EXPECT_THAT(result.log, StartsWith("D! CPU time from: "));
  EXPECT_EQ(result_of({"--once", "--log-level", "error"}).log, "");
}

}  // namespace
}  // namespace proctally::plugins
