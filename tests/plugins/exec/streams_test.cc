// proctally-exec whose standard streams are not what it might expect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "tests/plugins/exec/program.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins {
namespace {

using test::Program;
using test::TempDir;
using testing::HasSubstr;
using testing::SizeIs;

const std::vector<std::string> kNoTicks = {"--interval", "24h"};

TEST(StreamsTest, ClosedInputIsAnInputThatEnded) {
  Program program({.arguments = kNoTicks, .closed = {STDIN_FILENO}});
  EXPECT_EQ(program.finish(), 0);
  EXPECT_THAT(program.batches(), SizeIs(1));
}

TEST(StreamsTest, ClosedOutputIsWrittenToNobodyAndNoReasonToEnd) {
  const TempDir dir;
  dir.write("p.json", "{}");
  Program program({.arguments = {"--interval", "24h", "--config", dir.string() + "/p.json",
                                 "--log-level", "debug"},
                   .input = "\n",
                   .closed = {STDOUT_FILENO}});
  ASSERT_TRUE(program.wait_for_log("CPU time from"));
  const std::string read_again = "I! the settings are read again\n";
  std::string expected;
  for (int round = 0; round < 3; ++round) {
    program.type("\n");
    program.signal(SIGHUP);
    expected += read_again;
    ASSERT_TRUE(program.wait_for_log(expected));
  }
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_EQ(program.output(), "");
}

TEST(StreamsTest, ClosedLogIsWrittenToNobodyAndNeverIntoTheOutput) {
  Program program({.arguments = {"--interval", "24h", "--log-level", "debug"},
                   .input = "\n",
                   .closed = {STDERR_FILENO}});
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_THAT(program.batches(), SizeIs(1));
}

TEST(StreamsTest, AllClosedEndsAtOnce) {
  Program program({.arguments = kNoTicks, .closed = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}});
  EXPECT_EQ(program.finish(), 0);
}

TEST(StreamsTest, EndsQuietlyWhenItsReaderGoesAway) {
  for (const auto output : {Program::Output::pipe, Program::Output::socket}) {
    Program program({.arguments = kNoTicks, .input = "\n", .output = output});
    ASSERT_TRUE(program.wait_for_batches(1));
    program.stop_reading_output();
    // Its input is open, and nothing is asked of it.
    EXPECT_EQ(program.finish(), 0);
    EXPECT_EQ(program.log(), "");
  }
}

TEST(StreamsTest, EndsQuietlyWhereNobodyEverRead) {
  Program program({.arguments = kNoTicks, .output = Program::Output::pipe_without_reader});
  EXPECT_EQ(program.finish(), 0);
  EXPECT_EQ(program.log(), "");
}

TEST(StreamsTest, GoesOnWhenNobodyReadsItsLog) {
  const TempDir dir;
  dir.write("p.json", "{}");
  Program program(
      {.arguments = {"--interval", "24h", "--config", dir.string() + "/p.json"}, .input = "\n"});
  ASSERT_TRUE(program.wait_for_batches(1));
  program.stop_reading_log();
  dir.write("p.json", "{");
  program.signal(SIGHUP);
  for (std::size_t round = 2; round < 5; ++round) {
    program.type("\n");
    ASSERT_TRUE(program.wait_for_batches(round));
  }
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
}

TEST(StreamsTest, SocketIsAsGoodAnOutputAsAPipe) {
  Program program({.arguments = kNoTicks, .input = "\n", .output = Program::Output::socket});
  ASSERT_TRUE(program.wait_for_batches(1));
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_THAT(program.batches(), SizeIs(1));
}

}  // namespace
}  // namespace proctally::plugins
