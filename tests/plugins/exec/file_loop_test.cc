// The life of proctally-exec --output, seen from outside.
#include "plugins/exec/file_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "tests/plugins/exec/program.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins {
namespace {

namespace fs = std::filesystem;

using test::Program;
using test::TempDir;
using testing::HasSubstr;
using testing::StartsWith;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class FileLoopTest : public testing::Test {
 protected:
  [[nodiscard]] std::string file() const { return dir_.string() + "/out/a.txt"; }
  [[nodiscard]] std::vector<std::string> arguments(const std::string& interval = "24h") const {
    return {"--output", file(), "--interval", interval, "--format", "json"};
  }
  void SetUp() override { fs::create_directory(dir_.path() / "out"); }

  /// Waits until the file is another one than `old`; its content.
  [[nodiscard]] std::string next_after(const std::string& old) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < deadline) {
      auto content = content_of(file());
      if (content != old) return content;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return "nothing came";
  }

  TempDir dir_;
};

TEST_F(FileLoopTest, WritesAtOnceAndIsNotEndedByItsInput) {
  Program program({.arguments = arguments()});
  program.end_input();
  const auto first = next_after("");
  EXPECT_THAT(first, StartsWith("{\"timestamp_ns\":"));
  EXPECT_EQ(first.back(), '\n');
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms{0644});
  program.signal(SIGTERM);
  EXPECT_EQ(program.finish(), 0);
  EXPECT_EQ(program.output(), "");
  EXPECT_EQ(program.log(), "");
}

TEST_F(FileLoopTest, WritesAgainEachIntervalAndNeverHalfABatch) {
  Program program({.arguments = arguments("100ms")});
  auto content = next_after("");
  for (int round = 0; round < 5; ++round) {
    content = next_after(content);
    EXPECT_THAT(content, StartsWith("{\"timestamp_ns\":"));
    EXPECT_EQ(content.find('\n'), content.size() - 1);
  }
}

TEST_F(FileLoopTest, WritesOnASignalAndALastTimeAtItsEnd) {
  for (const int end : {SIGTERM, SIGINT}) {
    Program program({.arguments = arguments()});
    const auto first = next_after(content_of(file()));
    program.signal(SIGUSR1);
    const auto second = next_after(first);
    program.signal(SIGUSR2);
    const auto third = next_after(second);
    program.signal(end);
    EXPECT_EQ(program.finish(), 0);
    EXPECT_NE(content_of(file()), third);
  }
}

TEST_F(FileLoopTest, ReadsTheSettingsAgainOnSighup) {
  dir_.write("p.json", "{}");
  auto words = arguments();
  words.insert(words.end(), {"--config", dir_.string() + "/p.json"});
  Program program({.arguments = words});
  const auto first = next_after("");
  dir_.write("p.json", R"({"process_names": [{"name": "all of them", "kernel_thread": false}]})");
  program.signal(SIGHUP);
  ASSERT_TRUE(program.wait_for_log("I! the settings are read again\n"));
  program.signal(SIGUSR1);
  EXPECT_THAT(next_after(first), HasSubstr("\"all of them\""));
}

TEST_F(FileLoopTest, RefusesAFolderThatIsNoneWithCode78) {
  fs::remove(dir_.path() / "out");
  Program program({.arguments = arguments()});
  EXPECT_EQ(program.finish(), 78);
  EXPECT_EQ(program.log(), "E! --output: " + file() +
                               ".tmp: No such file or directory; must be a file in a folder that "
                               "this user may write to\n");
}

TEST_F(FileLoopTest, GoesOnWhileTheFileCannotBeWrittenAndSaysSoOnce) {
  Program program({.arguments = arguments()});
  const auto first = next_after("");
  const auto away = dir_.path() / "away";
  fs::rename(dir_.path() / "out", away);
  program.signal(SIGUSR1);
  const auto warning = "W! cannot be written, whole batches are dropped: " + file() +
                       ".tmp: No such file or directory\n";
  ASSERT_TRUE(program.wait_for_log(warning));
  program.signal(SIGUSR1);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  fs::rename(away, dir_.path() / "out");
  program.signal(SIGUSR1);
  ASSERT_TRUE(program.wait_for_log("is written again; batches dropped so far: "));
  EXPECT_THAT(next_after(first), HasSubstr("\"batches_dropped\":"));
  program.signal(SIGTERM);
  EXPECT_EQ(program.finish(), 0);
  EXPECT_THAT(program.log(), StartsWith(warning + "I! " + file() + " is written again"));
}

}  // namespace
}  // namespace proctally::plugins
