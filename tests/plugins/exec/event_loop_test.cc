// The life of proctally-exec, seen from outside: what Telegraf's inputs.execd does to it, and what
// comes of that (telegraf.md 6).
#include "plugins/exec/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <set>
#include <string>

#include "tests/plugins/exec/program.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins {
namespace {

using test::Program;
using test::self_field;
using test::TempDir;
using testing::SizeIs;

/// Nothing comes of its own timer in the time of a test.
const std::vector<std::string> kNoTicks = {"--interval", "24h"};

std::string measurement_of(const Program::Batch& batch) { return batch.front().measurement; }

TEST(EventLoopTest, AnswersANewlineWithABatch) {
  Program program({.arguments = kNoTicks});
  program.type("\n");
  ASSERT_TRUE(program.wait_for_batches(1));
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  ASSERT_THAT(program.batches(), SizeIs(1));
  const auto batch = program.batches().front();
  EXPECT_GT(batch.size(), 1U);
  EXPECT_EQ(self_field(batch, "ticks_skipped"), 0);
  for (const auto& line : batch) EXPECT_EQ(line.timestamp_ns, batch.front().timestamp_ns);
}

TEST(EventLoopTest, AnswersEachNewlineWithABatch) {
  Program program({.arguments = kNoTicks});
  for (std::size_t round = 1; round <= 5; ++round) {
    program.type("\n");
    ASSERT_TRUE(program.wait_for_batches(round));
  }
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_THAT(program.batches(), SizeIs(5));
}

TEST(EventLoopTest, AnswersNewlinesThatWaitTogetherWithOneBatchAndCountsTheRest) {
  Program program({.arguments = kNoTicks, .input = "\n\n\n"});
  ASSERT_TRUE(program.wait_for_batches(1));
  EXPECT_EQ(self_field(program.batches().at(0), "ticks_skipped"), 2);
  program.type("\n\n");
  ASSERT_TRUE(program.wait_for_batches(2));
  EXPECT_EQ(self_field(program.batches().at(1), "ticks_skipped"), 3);
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_THAT(program.batches(), SizeIs(2));
}

TEST(EventLoopTest, AnswersNothingButNewlines) {
  Program program({.arguments = kNoTicks, .input = "\nsome text"});
  ASSERT_TRUE(program.wait_for_batches(1));
  program.type(" and more");
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_THAT(program.batches(), SizeIs(1));
}

TEST(EventLoopTest, ServesTheNewlineThatWaitsBeforeTheEndOfItsInput) {
  Program program({.arguments = kNoTicks, .input = "\n"});
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_THAT(program.batches(), SizeIs(1));
  EXPECT_EQ(program.log(), "");
}

TEST(EventLoopTest, EndsWithItsInputAfterALastBatchOfItsOwnTimer) {
  Program program({.arguments = kNoTicks});
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_THAT(program.batches(), SizeIs(1));
}

TEST(EventLoopTest, EndsWithItsInputWithoutABatchWhereItHasNoTimer) {
  Program program({.arguments = {"-poll_interval_disabled"}});
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_EQ(program.output(), "");
}

TEST(EventLoopTest, TicksByItselfUntilTheFirstNewline) {
  Program program({.arguments = {"--interval", "100ms"}});
  ASSERT_TRUE(program.wait_for_batches(3));
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
}

TEST(EventLoopTest, EndsOnSigtermAndSigintWithCodeZero) {
  for (const int number : {SIGTERM, SIGINT}) {
    Program program({.arguments = kNoTicks, .input = "\n"});
    ASSERT_TRUE(program.wait_for_batches(1));
    program.signal(number);
    EXPECT_EQ(program.finish(), 0);
    EXPECT_THAT(program.batches(), SizeIs(1));
  }
}

TEST(EventLoopTest, TakesTwoMoreSignalsForNewlines) {
  Program program({.arguments = kNoTicks, .input = "\n"});
  ASSERT_TRUE(program.wait_for_batches(1));
  program.signal(SIGUSR1);
  ASSERT_TRUE(program.wait_for_batches(2));
  program.signal(SIGUSR2);
  ASSERT_TRUE(program.wait_for_batches(3));
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_THAT(program.batches(), SizeIs(3));
}

TEST(EventLoopTest, ReadsTheSettingsAgainOnSighup) {
  const TempDir dir;
  dir.write("p.json", R"({"measurement": "before"})");
  Program program(
      {.arguments = {"--interval", "24h", "--config", dir.string() + "/p.json"}, .input = "\n"});
  ASSERT_TRUE(program.wait_for_batches(1));
  dir.write("p.json", R"({"measurement": "after",
                          "process_names": [{"name": "all", "kernel_thread": false}]})");
  program.signal(SIGHUP);
  ASSERT_TRUE(program.wait_for_log("I! the settings are read again\n"));
  program.type("\n");
  ASSERT_TRUE(program.wait_for_batches(2));
  const auto batches = program.batches();
  EXPECT_EQ(measurement_of(batches.at(0)), "before");
  std::set<std::string> groups;
  for (const auto& line : batches.at(1)) {
    if (line.measurement == "after") groups.insert(line.tags.at("groupname"));
  }
  EXPECT_EQ(groups.count("all"), 1U);
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
}

TEST(EventLoopTest, AppliesItsFlagsEachTimeThatItReadsTheSettings) {
  Program program(
      {.arguments = {"--interval", "24h", "-procnames", "exec_test,a,a"}, .input = "\n"});
  ASSERT_TRUE(program.wait_for_batches(1));
  program.signal(SIGHUP);
  ASSERT_TRUE(program.wait_for_log("I! the settings are read again\n"));
  program.type("\n");
  ASSERT_TRUE(program.wait_for_batches(2));
  const auto batches = program.batches();
  for (const std::size_t batch : {0U, 1U}) {
    std::set<std::string> groups;
    for (const auto& line : batches.at(batch)) {
      if (line.measurement == "proctally") groups.insert(line.tags.at("groupname"));
    }
    EXPECT_EQ(groups, std::set<std::string>{"exec_test"}) << batch;
  }
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
}

TEST(EventLoopTest, KeepsItsSettingsWhereTheFileIsBadAndSaysEveryProblem) {
  const TempDir dir;
  const auto file = dir.string() + "/p.json";
  dir.write("p.json", R"({"measurement": "before"})");
  Program program({.arguments = {"--interval", "24h", "--config", file}, .input = "\n"});
  ASSERT_TRUE(program.wait_for_batches(1));
  dir.write("p.json", R"({"measurement": "after", "childern": true, "max_groups": 0})");
  program.signal(SIGHUP);
  ASSERT_TRUE(program.wait_for_log("E! the settings stay as they were\n"));
  EXPECT_EQ(program.log(),
            "E! childern: unknown setting; did you mean children?\n"
            "E! max_groups: is 0, must be a whole number from 1 to 100000\n"
            "E! the settings stay as they were\n");
  dir.write("p.json", "{");
  program.signal(SIGHUP);
  ASSERT_TRUE(program.wait_for_log("E! " + file + ": no valid JSON at line 1, column 2"));
  program.type("\n");
  ASSERT_TRUE(program.wait_for_batches(2));
  EXPECT_EQ(measurement_of(program.batches().at(1)), "before");
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
}

TEST(EventLoopTest, KeepsItsSettingsWhereTheFileIsGoneOrAFolder) {
  const TempDir dir;
  const auto file = dir.string() + "/p.json";
  dir.write("p.json", "{}");
  Program program({.arguments = {"--interval", "24h", "--config", file}, .input = "\n"});
  ASSERT_TRUE(program.wait_for_batches(1));
  std::filesystem::remove(file);
  program.signal(SIGHUP);
  ASSERT_TRUE(
      program.wait_for_log(": cannot be read: No such file or directory\n"
                           "E! the settings stay as they were\n"));
  std::filesystem::create_directory(file);
  program.signal(SIGHUP);
  ASSERT_TRUE(
      program.wait_for_log(": cannot be read: Is a directory\n"
                           "E! the settings stay as they were\n"));
  program.type("\n");
  ASSERT_TRUE(program.wait_for_batches(2));
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
}

TEST(EventLoopTest, KeepsItsCountersAcrossNewSettings) {
  const TempDir dir;
  const auto file = dir.string() + "/p.json";
  const std::string all = R"("process_names": [{"name": "all", "kernel_thread": false}])";
  dir.write("p.json", "{" + all + R"(, "baseline": "lifetime"})");
  Program program({.arguments = {"--interval", "24h", "--config", file}, .input = "\n"});
  ASSERT_TRUE(program.wait_for_batches(1));
  dir.write("p.json", "{" + all + R"(, "measurement": "after"})");
  program.signal(SIGHUP);
  ASSERT_TRUE(program.wait_for_log("I! the settings are read again\n"));
  program.type("\n");
  ASSERT_TRUE(program.wait_for_batches(2));
  const auto cpu_time_in = [&program](std::size_t batch) {
    const auto line = program.batches().at(batch).front();
    EXPECT_EQ(line.tags.at("groupname"), "all");
    EXPECT_EQ(line.fields.front().first, "cpu_time");
    return std::get<double>(line.fields.front().second);
  };
  EXPECT_GT(cpu_time_in(0), 0.0);
  EXPECT_GE(cpu_time_in(1), cpu_time_in(0));
}

}  // namespace
}  // namespace proctally::plugins
