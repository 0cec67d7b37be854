#include "core/procfs/blocking_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace proctally::procfs {
namespace {

using test::ChildProcess;
using test::TempDir;

constexpr uid_t kUserWithoutName = 3'999'999'999;

std::string raw_cmdline(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A child that runs `program`; it is there once exec has happened.
class Program {
 public:
  Program(const std::filesystem::path& program, const std::string& argument)
      : child_([&] {
          ::execl(program.c_str(), "a program", argument.c_str(), nullptr);
          ::_exit(1);
        }) {
    const auto exe = std::filesystem::path("/proc") / std::to_string(child_.pid()) / "exe";
    const auto expected = std::filesystem::canonical(program);
    // Within exec the program is there a moment before its command line is.
    while (std::filesystem::read_symlink(exe) != expected || raw_cmdline(pid()).empty()) {
      ::usleep(1000);
    }
  }
  [[nodiscard]] pid_t pid() const { return child_.pid(); }

 private:
  ChildProcess child_;
};

TEST(BlockingFilesTest, ThrowsWhereTheRootIsNoFolder) {
  EXPECT_THROW(FileBlockingFiles("/proc/none"), std::system_error);
  EXPECT_THROW(FileBlockingFiles("/proc/loadavg"), std::system_error);
}

TEST(BlockingFilesTest, ReadsOurOwnCommandLineAndProgram) {
  FileBlockingFiles files("/proc");
  PidCmdline cmdline;
  ASSERT_EQ(files.cmdline(::getpid(), cmdline), ReadStatus::ok);
  EXPECT_EQ(cmdline, parse_pid_cmdline(raw_cmdline(::getpid())));
  std::string exe;
  ASSERT_EQ(files.exe(::getpid(), exe), ReadStatus::ok);
  EXPECT_EQ(exe, std::filesystem::read_symlink("/proc/self/exe"));
}

TEST(BlockingFilesTest, TellsWhichFileAProgramIs) {
  struct stat expected {};
  ASSERT_EQ(::stat("/bin/sleep", &expected), 0);
  const Program program("/bin/sleep", "60");
  FileBlockingFiles files("/proc");
  ExeId id;
  ASSERT_EQ(files.exe_id(program.pid(), id), ReadStatus::ok);
  EXPECT_EQ(id, (ExeId{.device = expected.st_dev, .inode = expected.st_ino}));
}

TEST(BlockingFilesTest, ReadsLongCommandLinesWhole) {
  const auto argument = std::string(100'000, '0') + "60";
  const Program program("/bin/sleep", argument);
  FileBlockingFiles files("/proc");
  PidCmdline cmdline;
  ASSERT_EQ(files.cmdline(program.pid(), cmdline), ReadStatus::ok);
  EXPECT_EQ(cmdline.argv0, "a program");
  EXPECT_TRUE(cmdline.joined == "a program " + argument);
}

TEST(BlockingFilesTest, ReadsNoMoreThanAMebibyteOfACommandLine) {
  const TempDir root;
  root.write("5/cmdline", std::string(std::size_t{3} << 20U, 'x'));
  root.write("6/cmdline", std::string("a\0b c\0", 6));
  FileBlockingFiles files(root.string());
  PidCmdline cmdline;
  ASSERT_EQ(files.cmdline(5, cmdline), ReadStatus::ok);
  EXPECT_EQ(cmdline.argv0.size(), std::size_t{1} << 20U);
  ASSERT_EQ(files.cmdline(6, cmdline), ReadStatus::ok);
  EXPECT_EQ(cmdline, (PidCmdline{.argv0 = "a", .joined = "a b c"}));
}

TEST(BlockingFilesTest, SaysThatAProgramWasDeleted) {
  const TempDir dir;
  const auto copy = std::filesystem::canonical(dir.path()) / "a program with blanks";
  std::filesystem::copy_file("/bin/sleep", copy);
  const Program program(copy, "60");
  FileBlockingFiles files("/proc");
  std::string exe;
  ASSERT_EQ(files.exe(program.pid(), exe), ReadStatus::ok);
  EXPECT_EQ(exe, copy);
  std::filesystem::remove(copy);
  ASSERT_EQ(files.exe(program.pid(), exe), ReadStatus::ok);
  EXPECT_EQ(exe, copy.string() + " (deleted)");
}

TEST(BlockingFilesTest, ReadsAReapedProcessAsVanished) {
  ChildProcess child;
  const auto pid = child.pid();
  child.reap();
  FileBlockingFiles files("/proc");
  PidCmdline cmdline{.argv0 = "unchanged", .joined = "unchanged"};
  std::string exe = "unchanged";
  EXPECT_EQ(files.cmdline(pid, cmdline), ReadStatus::vanished);
  EXPECT_EQ(files.exe(pid, exe), ReadStatus::vanished);
  EXPECT_EQ(cmdline.joined, "unchanged");
  EXPECT_EQ(exe, "unchanged");
}

TEST(BlockingFilesTest, ReadsAnEmptyCommandLineAndNoProgramOfAZombie) {
  ChildProcess child([] { ::_exit(0); });
  child.wait_for_zombie();
  FileBlockingFiles files("/proc");
  PidCmdline cmdline{.argv0 = "old", .joined = "old"};
  EXPECT_EQ(files.cmdline(child.pid(), cmdline), ReadStatus::ok);
  EXPECT_EQ(cmdline, PidCmdline{});
  std::string exe;
  EXPECT_EQ(files.exe(child.pid(), exe), ReadStatus::vanished);
  ExeId id;
  EXPECT_EQ(files.exe_id(child.pid(), id), ReadStatus::vanished);
}

TEST(BlockingFilesTest, ReadsAnotherUsersProgramAsDenied) {
  EXPECT_EQ(test::exit_status_as_nobody([] {
              std::string exe;
              return FileBlockingFiles("/proc").exe(1, exe) == ReadStatus::denied ? 0 : 1;
            }),
            0);
}

TEST(BlockingFilesTest, ReadsWhatAProcessHasOfTheMemoryItShares) {
  const Program program("/bin/sleep", "60");
  FileBlockingFiles files("/proc");
  PidSmapsRollup rollup;
  ASSERT_EQ(files.smaps_rollup(program.pid(), rollup), ReadStatus::ok);
  EXPECT_GT(rollup.pss_kilobytes, 10U);
  EXPECT_LT(rollup.pss_kilobytes, 10'000U);
}

TEST(BlockingFilesTest, ReadsNoMemoryOfWhatHasNone) {
  ChildProcess zombie([] { ::_exit(0); });
  zombie.wait_for_zombie();
  const TempDir root;
  root.write("5/smaps_rollup", "Pss: 1 kB\n");
  FileBlockingFiles files("/proc");
  PidSmapsRollup rollup{.pss_kilobytes = 7, .swap_pss_kilobytes = 7};
  EXPECT_EQ(files.smaps_rollup(zombie.pid(), rollup), ReadStatus::vanished);
  EXPECT_EQ(FileBlockingFiles(root.string()).smaps_rollup(6, rollup), ReadStatus::vanished);
  EXPECT_EQ(FileBlockingFiles(root.string()).smaps_rollup(5, rollup), ReadStatus::malformed);
  EXPECT_EQ(rollup, (PidSmapsRollup{.pss_kilobytes = 7, .swap_pss_kilobytes = 7}));
}

TEST(BlockingFilesTest, ReadsAnotherUsersMemoryAsDenied) {
  EXPECT_EQ(test::exit_status_as_nobody([] {
              PidSmapsRollup rollup;
              return FileBlockingFiles("/proc").smaps_rollup(1, rollup) == ReadStatus::denied ? 0
                                                                                              : 1;
            }),
            0);
}

TEST(BlockingFilesTest, NamesUsersAndNumbersThoseWithoutAName) {
  FileBlockingFiles files("/proc");
  EXPECT_EQ(files.user_name(0), "root");
  EXPECT_EQ(files.user_name(0), "root");
  EXPECT_EQ(files.user_name(kUserWithoutName), "3999999999");
}

TEST(BlockingFilesTest, MayBeUsedByManyThreadsAtOnce) {
  FileBlockingFiles files("/proc");
  const auto expected = parse_pid_cmdline(raw_cmdline(::getpid()));
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        PidCmdline cmdline;
        std::string exe;
        EXPECT_EQ(files.cmdline(::getpid(), cmdline), ReadStatus::ok);
        EXPECT_EQ(cmdline, expected);
        EXPECT_EQ(files.exe(::getpid(), exe), ReadStatus::ok);
        EXPECT_EQ(files.user_name(0), "root");
        EXPECT_EQ(files.user_name(kUserWithoutName), "3999999999");
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace proctally::procfs
