// What process-exporter's own tests and black-box runs of it show (process-exporter.md 1.2, 6.1):
// the same configurations, as the JSON that proctally reads, put the same processes into the same
// groups.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/naming/namer.h"
#include "core/settings_file.h"
#include "tests/core/naming/made_process.h"

namespace proctally::naming {
namespace {

/// The group in which the single rule `item` puts a process, "-" for none.
std::string group_by(const std::string& item, const MadeProcess& process) {
  const Namer namer(parse_settings(R"({"process_names": [)" + item + "]}", "test").rules);
  const auto naming = namer.name(process.facts());
  return naming.outcome == Naming::Outcome::named ? naming.label : "-";
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
  const auto settings = parse_settings(R"json({"process_names": [
    {"exe": ["postmaster"], "cmdline": ["-D\\s+.+?(?P<Path>[^/]+)(?:$|\\s)"],
     "name": "{{.ExeBase}}:{{.Matches.Path}}"},
    {"exe": ["prometheus"], "name": "{{.ExeFull}}:{{.PID}}"},
    {"comm": ["cat"], "name": "{{.StartTime}}"}]})json",
                                       "test");
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

}  // namespace
}  // namespace proctally::naming
