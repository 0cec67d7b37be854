#include "formats/table.h"

#include <gmock/gmock.h>

#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "core/metrics.h"
#include "formats/terminal_text.h"
#include "tests/formats/golden.h"
#include "tests/formats/raised_locale.h"
#include "tests/formats/sample_snapshots.h"

namespace proctally::formats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string table(const Snapshot& snapshot, const TableStyle& style = {}) {
  std::string out;
  append_table(snapshot, style, out);
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The groups from top to bottom; for snapshots whose names have no spaces.
std::vector<std::string> names_in(const Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const std::string& line : lines_of(table(snapshot))) {
    if (line.empty()) break;
    names.push_back(line.substr(0, line.find(' ')));
  }
  names.erase(names.begin());
  return names;
}

Snapshot host_of(std::initializer_list<std::string_view> names) {
  Snapshot snapshot;
  for (const std::string_view name : names) snapshot.groups.push_back({name, {}});
  return snapshot;
}

TEST(TableTest, ShowsABusyHostAsInTheGoldenFile) {
  expect_golden("busy_host.table", table(busy_host()));
}

TEST(TableTest, ShowsABusyHostInColourAsInTheGoldenFile) {
  expect_golden("busy_host_colour.table", table(busy_host(), {Colour::always, 0}));
}

TEST(TableTest, ShowsABusyHostInEightyColumnsAsInTheGoldenFile) {
  expect_golden("busy_host_80.table", table(busy_host(), {Colour::never, 80}));
}

TEST(TableTest, ColourAddsEscapeSequencesAndNothingElse) {
  const std::string coloured = table(busy_host(), {Colour::always, 0});
  EXPECT_EQ(std::regex_replace(coloured, std::regex("\x1b\\[[0-9]+m"), ""), table(busy_host()));
  EXPECT_THAT(table(busy_host()), Not(HasSubstr("\x1b")));
}

TEST(TableTest, EveryRowIsAsWideAsTheHeading) {
  const std::vector<std::string> lines = lines_of(table(busy_host()));
  for (std::size_t i = 0; i <= busy_host().groups.size(); ++i) {
    EXPECT_EQ(display_width(lines.at(i)), display_width(lines[0])) << lines[i];
  }
}

TEST(TableTest, NoRowIsWiderThanTheTerminal) {
  for (std::size_t width = 16; width <= 200; ++width) {
    const std::vector<std::string> lines = lines_of(table(busy_host(), {Colour::never, width}));
    for (std::size_t i = 0; i <= busy_host().groups.size(); ++i) {
      ASSERT_LE(display_width(lines.at(i)), width) << lines[i];
    }
  }
}

TEST(TableTest, ANarrowTerminalLosesTheLeastNeededColumnsFirst) {
  const auto heading = [](std::size_t width) {
    return lines_of(table(busy_host(), {Colour::never, width})).at(0);
  };
  EXPECT_THAT(heading(60), HasSubstr("CPU%"));
  EXPECT_THAT(heading(60), Not(HasSubstr("THR")));
  EXPECT_THAT(heading(24), testing::EndsWith("  CPU%"));
  EXPECT_EQ(heading(1), "GROUP           ");
}

TEST(TableTest, ShortNamesLeaveTheirRoomToTheColumns) {
  Snapshot snapshot = host_of({"a"});
  snapshot.groups[0].values[Metric::num_procs] = Value::integer(1);
  EXPECT_THAT(table(snapshot, {Colour::never, 12}), StartsWith("GROUP  PROCS\na          1\n"));
}

TEST(TableTest, TheBusiestGroupComesFirst) {
  Snapshot snapshot = host_of({"calm", "hot", "warm"});
  snapshot.groups[0].values[Metric::cpu_usage] = Value::real(0.5);
  snapshot.groups[1].values[Metric::cpu_usage] = Value::real(250);
  snapshot.groups[2].values[Metric::cpu_usage] = Value::real(30);
  // Having used much once is not what counts while usage is known.
  snapshot.groups[0].values[Metric::cpu_time] = Value::seconds(1'000'000'000'000);
  EXPECT_THAT(names_in(snapshot), ElementsAre("hot", "warm", "calm"));
}

TEST(TableTest, CpuTimeDecidesWhereUsageIsNotKnown) {
  Snapshot snapshot = host_of({"a", "b", "c"});
  snapshot.groups[1].values[Metric::cpu_time] = Value::seconds(5);
  snapshot.groups[2].values[Metric::cpu_time] = Value::seconds(7);
  EXPECT_THAT(names_in(snapshot), ElementsAre("c", "b", "a"));
}

TEST(TableTest, GroupsWithoutAProcessComeLastAndDimmed) {
  Snapshot snapshot = host_of({"gone", "here"});
  snapshot.groups[0].values[Metric::cpu_usage] = Value::real(90);
  snapshot.groups[0].values[Metric::num_procs] = Value::integer(0);
  snapshot.groups[1].values[Metric::num_procs] = Value::integer(1);
  EXPECT_THAT(names_in(snapshot), ElementsAre("here", "gone"));
  const std::string coloured = table(snapshot, {Colour::always, 0});
  EXPECT_THAT(coloured, HasSubstr("\x1b[2mgone\x1b[0m"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[2m90.0\x1b[0m"));
}

TEST(TableTest, AbsentIsADashAndAColumnOfDashesIsLeftOut) {
  Snapshot snapshot = host_of({"a", "b"});
  snapshot.groups[0].values[Metric::num_fds] = Value::integer(12);
  EXPECT_THAT(table(snapshot), StartsWith("GROUP  FDS\n"
                                          "a       12\n"
                                          "b        -\n"));
}

TEST(TableTest, ABarIsFullAtOneCpuOrAtTheBusiestGroup) {
  Snapshot snapshot = host_of({"a", "b"});
  snapshot.groups[0].values[Metric::cpu_usage] = Value::real(50);
  EXPECT_THAT(table(snapshot), HasSubstr("a      50.0  █████     \n"));
  snapshot.groups[0].values[Metric::cpu_usage] = Value::real(1.3);
  EXPECT_THAT(table(snapshot), HasSubstr("a       1.3  ▏         \n"));
  snapshot.groups[1].values[Metric::cpu_usage] = Value::real(800);
  snapshot.groups[0].values[Metric::cpu_usage] = Value::real(390);
  EXPECT_THAT(table(snapshot), HasSubstr("b      800.0  ██████████\n"
                                         "a      390.0  ████▉     \n"));
}

TEST(TableTest, TheFooterSaysWhoseTheCpuWas) {
  Snapshot snapshot = host_of({"a"});
  snapshot.self[SelfMetric::processes] = Value::integer(1);
  snapshot.self[SelfMetric::scan_seconds] = Value::seconds(1'800'000);
  snapshot.self[SelfMetric::denied] = Value::integer(14);
  snapshot.self[SelfMetric::cpu_host_seconds] = Value::seconds(200'000'000'000);
  snapshot.self[SelfMetric::cpu_grouped_seconds] = Value::seconds(190'000'000'000);
  snapshot.self[SelfMetric::cpu_ungrouped_seconds] = Value::seconds(4'000'000'000);
  snapshot.self[SelfMetric::cpu_unattributed_seconds] = Value::seconds(6'000'000'000);
  EXPECT_EQ(table(snapshot),
            "GROUP\n"
            "a    \n"
            "\n"
            "1 process in 1 group, scanned in 1.8ms, 14 reads denied\n"
            "95.0 % of the host's 3m20s of CPU is on a group's account, 2.0 % ungrouped, "
            "3.0 % unattributed\n");
}

// /proc/stat counts whole ticks.
TEST(TableTest, TheFooterHasNoMoreThanAllWhereTheHostsFigureLags) {
  Snapshot snapshot;
  snapshot.self[SelfMetric::cpu_host_seconds] = Value::seconds(20'000'000);
  snapshot.self[SelfMetric::cpu_grouped_seconds] = Value::seconds(36'000'000);
  snapshot.self[SelfMetric::cpu_ungrouped_seconds] = Value::seconds(4'000'000);
  snapshot.self[SelfMetric::cpu_unattributed_seconds] = Value::seconds(0);
  EXPECT_EQ(table(snapshot),
            "GROUP\n\n0 groups\n90.0 % of the host's 40ms of CPU is on a group's account, 10.0 % "
            "ungrouped, 0.0 % unattributed\n");
}

TEST(TableTest, TheFooterLeavesOutWhatIsNotKnown) {
  Snapshot snapshot;
  EXPECT_EQ(table(snapshot), "GROUP\n\n0 groups\n");
  snapshot.self[SelfMetric::cpu_host_seconds] = Value::seconds(0);
  snapshot.self[SelfMetric::cpu_grouped_seconds] = Value::seconds(0);
  EXPECT_EQ(table(snapshot), "GROUP\n\n0 groups\n");
  snapshot.self[SelfMetric::cpu_host_seconds] = Value::seconds(2'000'000'000);
  EXPECT_EQ(table(snapshot),
            "GROUP\n\n0 groups\n0.0 % of the host's 2.0s of CPU is on a group's account\n");
}

TEST(TableTest, EveryAwkwardNameStaysInItsColumn) {
  Snapshot snapshot;
  for (const std::string& name : awkward_names()) {
    snapshot.groups.push_back({name, {}});
    snapshot.groups.back().values[Metric::num_procs] = Value::integer(1);
  }
  const std::vector<std::string> lines = lines_of(table(snapshot));
  ASSERT_EQ(lines.size(), snapshot.groups.size() + 3);
  for (std::size_t i = 0; i <= snapshot.groups.size(); ++i) {
    EXPECT_EQ(display_width(lines[i]), 40 + 7) << lines[i];
  }
}

TEST(TableTest, ARaisedLocaleChangesNoByte) {
  const std::string expected = table(busy_host());
  const RaisedLocale raised;
  EXPECT_EQ(table(busy_host()), expected);
}

}  // namespace
}  // namespace proctally::formats
