// The real proctally.so, loaded and driven as collectd does it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/plugins/collectd/test_daemon.h"
#include "tests/support/allocations.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins::collectd {
namespace {

using test::TestDaemon;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const ConfigItem kNoMatches{.key = "Plugin", .values = {std::string("proctally")}, .children = {}};

ConfigItem block(std::vector<ConfigItem> statements) {
  auto plugin = kNoMatches;
  plugin.children = std::move(statements);
  return plugin;
}
ConfigItem statement(std::string key, std::vector<ConfigValue> values) {
  return {.key = std::move(key), .values = std::move(values), .children = {}};
}
ConfigItem process(std::string comm) { return statement("Process", {std::move(comm)}); }

std::set<std::string> names(const TestDaemon& daemon) {
  std::set<std::string> names;
  for (const auto& list : daemon.dispatched()) names.insert(list.name);
  return names;
}

std::size_t entries(const char* folder) {
  std::filesystem::directory_iterator first(folder);
  return static_cast<std::size_t>(std::distance(first, {}));
}

std::size_t threads() { return entries("/proc/self/task"); }

/// A thread that was joined is listed for a moment longer.
bool only_these_threads_stay(std::size_t count) {
  constexpr int kTries = 1000;
  for (int i = 0; i < kTries && threads() != count; ++i) ::usleep(10'000);
  return threads() == count;
}

/// HOST_PROC for a scope.
class HostProc {
 public:
  explicit HostProc(const std::string& folder) { ::setenv("HOST_PROC", folder.c_str(), 1); }
  HostProc(const HostProc&) = delete;
  HostProc& operator=(const HostProc&) = delete;
  ~HostProc() { ::unsetenv("HOST_PROC"); }
};

/// A procfs with a few processes, so that a scan of it is short.
class FakeProcfs : public test::TempDir {
 public:
  FakeProcfs() {
    write("stat", "cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 100 0 100 1000 0 0 0 0 0 0\n");
    write("meminfo", "MemTotal: 16000000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n");
    write("loadavg", "0.00 0.00 0.00 1/3 30\n");
    for (const char* pid : {"10", "20", "30"}) {
      const auto folder = std::string(pid) + "/";
      write(folder + "stat", std::string(pid) +
                                 " (web) S 1 1 1 0 -1 0 9 0 1 0 40 20 0 0 20 0 1 0 100 1000000 "
                                 "100 0\n");
      write(folder + "status", "Name:\tweb\nUid:\t0\t0\t0\t0\nThreads:\t1\n");
      write(folder + "statm", "250 100 50 10 0 100 0\n");
      write(folder + "cmdline", std::string("web\0--port=80\0", 14));
      write(folder + "cgroup", "0::/\n");
      write(folder + "io",
            "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\n"
            "cancelled_write_bytes: 0\n");
      write(folder + "limits", "Limit Soft Hard Units\n");
      write(folder + "fd/0", "");
    }
  }
};

TEST(ModuleTest, OpensNothingAndStartsNothingBeforeInit) {
  const auto files = entries("/proc/self/fd");
  const auto before = threads();
  TestDaemon daemon;
  EXPECT_EQ(daemon.configure(block({process("web")})), 0);
  EXPECT_EQ(entries("/proc/self/fd"), files);
  EXPECT_EQ(threads(), before);
  EXPECT_EQ(daemon.shutdown(), 0);
}

TEST(ModuleTest, AThousandReadsLaterNothingOfItIsLeft) {
  const auto files = entries("/proc/self/fd");
  std::thread([] {}).join();  // With the first of a program ThreadSanitizer has one of its own.
  const auto before = threads();
  for (int life = 0; life < 2; ++life) {
    TestDaemon daemon;
    ASSERT_EQ(daemon.configure(block({statement("ProcessMatch", {"all", "."})})), 0);
    ASSERT_EQ(daemon.init(), 0) << testing::PrintToString(daemon.log());
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(daemon.read(), 0);
    EXPECT_THAT(names(daemon), Contains("proctally-all/ps_cputime"));
    EXPECT_THAT(names(daemon), Contains("proctally_self/duration-scan"));
    EXPECT_EQ(daemon.shutdown(), 0);
    EXPECT_EQ(entries("/proc/self/fd"), files);
    EXPECT_TRUE(only_these_threads_stay(before));
    EXPECT_TRUE(daemon.unload()) << "is still mapped";
  }
}

TEST(ModuleTest, ReadsOnChangingThreads) {
  TestDaemon daemon;
  ASSERT_EQ(daemon.configure(block({process("web")})), 0);
  ASSERT_EQ(daemon.init(), 0);
  for (int i = 0; i < 50; ++i) {
    int result = -1;
    std::thread([&] { result = daemon.read(); }).join();
    ASSERT_EQ(result, 0);
  }
  EXPECT_EQ(daemon.shutdown(), 0);
}

TEST(ModuleTest, AllValuesOfAReadHaveOneTime) {
  TestDaemon daemon;
  ASSERT_EQ(daemon.init(), 0);
  ASSERT_EQ(daemon.read(), 0);
  ASSERT_FALSE(daemon.dispatched().empty());
  const auto time = daemon.dispatched().front().time;
  EXPECT_THAT(daemon.dispatched(), Each(Field(&test::Dispatched::time, time)));
  constexpr unsigned kFractionBits = 30;
  EXPECT_NEAR(static_cast<double>(time >> kFractionBits), static_cast<double>(::time(nullptr)), 60);
  EXPECT_EQ(daemon.shutdown(), 0);
}

TEST(ModuleTest, WithoutABlockEveryProgramIsAGroup) {
  const FakeProcfs procfs;
  const HostProc in(procfs.string());
  TestDaemon daemon;
  ASSERT_EQ(daemon.init(), 0) << testing::PrintToString(daemon.log());
  ASSERT_EQ(daemon.read(), 0);
  EXPECT_THAT(names(daemon), Contains("proctally-web/ps_count"));
  EXPECT_EQ(daemon.shutdown(), 0);
}

TEST(ModuleTest, SeveralBlocksAddUp) {
  const FakeProcfs procfs;
  const HostProc in(procfs.string());
  TestDaemon daemon;
  EXPECT_EQ(daemon.configure(block({process("web")})), 0);
  EXPECT_EQ(daemon.configure(block({process("db")})), 0);
  ASSERT_EQ(daemon.init(), 0);
  ASSERT_EQ(daemon.read(), 0);
  EXPECT_THAT(names(daemon),
              AllOf(Contains("proctally-web/ps_count"), Contains("proctally-db/ps_count")));
  EXPECT_EQ(daemon.shutdown(), 0);
}

TEST(ModuleTest, AWrongBlockIsRefusedWithALineForEachProblem) {
  TestDaemon daemon;
  EXPECT_NE(daemon.configure(block({statement("Proces", {"web"}), statement("Process", {1.0})})),
            0);
  EXPECT_THAT(daemon.log(),
              ElementsAre(StartsWith("3 proctally plugin: configuration: <Plugin proctally> / "),
                          StartsWith("3 proctally plugin: configuration: <Plugin proctally> / ")));
  EXPECT_EQ(daemon.shutdown(), 0);
}

TEST(ModuleTest, AHostThatCannotBeReadFailsInitAndThenEachRead) {
  const HostProc in("/none");
  TestDaemon daemon;
  EXPECT_NE(daemon.init(), 0);
  EXPECT_THAT(daemon.log(), Contains(HasSubstr("/none: No such file or directory")));
  EXPECT_NE(daemon.read(), 0);
  EXPECT_THAT(daemon.dispatched(), IsEmpty());
  EXPECT_EQ(daemon.shutdown(), 0);
}

TEST(ModuleTest, BearsAReadBeforeInitAndAShutdownWithout) {
  {
    TestDaemon daemon;
    EXPECT_NE(daemon.read(), 0);
    EXPECT_EQ(daemon.shutdown(), 0);
  }
  {
    TestDaemon daemon;
    EXPECT_EQ(daemon.shutdown(), 0);
  }
  TestDaemon daemon;
  EXPECT_EQ(daemon.init(), 0);
  EXPECT_EQ(daemon.shutdown(), 0);
  EXPECT_EQ(daemon.shutdown(), 0);
}

TEST(ModuleTest, LeavesTheLimitOfOpenFilesAlone) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  TestDaemon daemon;
  ASSERT_EQ(daemon.init(), 0);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_cur);
  EXPECT_EQ(daemon.shutdown(), 0);
}

TEST(ModuleTest, EveryDescriptorIsClosedWhenTheDaemonStartsAProgram) {
  const auto open_now = [] {
    std::set<int> open;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      const int fd = std::stoi(entry.path().filename());
      if (::fcntl(fd, F_GETFD) >= 0) open.insert(fd);
    }
    return open;
  };
  const auto before = open_now();
  TestDaemon daemon;
  ASSERT_EQ(daemon.init(), 0);
  ASSERT_EQ(daemon.read(), 0);
  std::size_t own = 0;
  for (const int fd : open_now()) {
    if (before.contains(fd)) continue;
    ++own;
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << fd;
  }
  EXPECT_GE(own, 4U) << "of procfs alone";
  EXPECT_EQ(daemon.shutdown(), 0);
}

// RE2 compiles under std::call_once, which ThreadSanitizer does not let an exception out of.
#ifndef __SANITIZE_THREAD__

/// RE2 gives nothing back when memory ends while it compiles.
class LeaksOfLibrariesIgnored {
 public:
  LeaksOfLibrariesIgnored() { set_leak_check(false); }
  LeaksOfLibrariesIgnored(const LeaksOfLibrariesIgnored&) = delete;
  LeaksOfLibrariesIgnored& operator=(const LeaksOfLibrariesIgnored&) = delete;
  ~LeaksOfLibrariesIgnored() { set_leak_check(true); }

 private:
  static void set_leak_check([[maybe_unused]] bool on) {
#ifdef __SANITIZE_ADDRESS__
    on ? __lsan_enable() : __lsan_disable();
#endif
  }
};

TEST(FaultTest, AnInitThatFailsHalfWayLeavesNothingBehind) {
  std::thread([] {}).join();
  const auto files = entries("/proc/self/fd");
  const auto before = threads();
  for (std::uint64_t number = 1;; number += 1 + number / 4) {
    TestDaemon daemon;
    const LeaksOfLibrariesIgnored ignored;
    ASSERT_EQ(daemon.configure(block({process("web")})), 0);
    test::fail_allocation(number);
    const bool failed = daemon.init() != 0;
    test::fail_allocation(0);
    if (failed) {
      EXPECT_EQ(entries("/proc/self/fd"), files) << number;
      EXPECT_TRUE(only_these_threads_stay(before)) << number;
    }
    EXPECT_EQ(daemon.shutdown(), 0);
    if (!failed) break;
  }
}

TEST(FaultTest, NoExceptionOfTheConfigurationReachesTheDaemon) {
  // Not at every allocation: that of nlohmann's destructors ends the program
  // (json_value::destroy()).
  TestDaemon daemon;
  const auto plugin = block({process("web")});
  test::fail_allocation(1);
  EXPECT_NE(daemon.configure(plugin), 0);
  EXPECT_THAT(daemon.log(), ElementsAre("3 proctally plugin: configuration: std::bad_alloc"));
  EXPECT_EQ(daemon.shutdown(), 0);
}

/// A life in which one allocation after the configuration fails. Whether it came to that.
bool live_with_fault(std::uint64_t number) {
  const LeaksOfLibrariesIgnored ignored;
  TestDaemon daemon;
  EXPECT_EQ(daemon.configure(block(
                {process("web"), statement("ProcessMatch", {"w {{.Matches.x}}", "(?P<x>p)"})})),
            0);
  test::fail_allocation(number);
  (void)daemon.init();
  (void)daemon.read();
  (void)daemon.read();
  (void)daemon.shutdown();
  const bool failed = test::allocation_failed();
  test::fail_allocation(0);
  return failed;
}

TEST(FaultTest, NoExceptionAfterItReachesTheDaemonWhereverItIsThrown) {
  const FakeProcfs procfs;
  const HostProc in(procfs.string());
  std::uint64_t lives = 1;
  while (live_with_fault(lives)) ++lives;
  EXPECT_GT(lives, 30U) << "allocations of a whole life";
}

TEST(FaultTest, NoExceptionAfterItReachesTheDaemonOnThisHost) {
  // With its own threads: the slow reader's and the exit listener's.
  std::uint64_t number = 1;
  while (live_with_fault(number)) number += 1 + number / 8;
  EXPECT_GT(number, 100U) << "allocations of a whole life";
}

TEST(FaultTest, AReadThatFailedIsFollowedByOneThatBeginsAnew) {
  const FakeProcfs procfs;
  const HostProc in(procfs.string());
  TestDaemon daemon;
  ASSERT_EQ(daemon.configure(block({process("web")})), 0);
  ASSERT_EQ(daemon.init(), 0);
  procfs.write("40/stat", "40 (web) S 1 1 1 0 -1 0 9 0 1 0 40 20 0 0 20 0 1 0 100 1000000 100 0\n");
  test::fail_allocation(1);
  EXPECT_NE(daemon.read(), 0);
  EXPECT_THAT(daemon.log(), Contains(HasSubstr("read: std::bad_alloc")));
  EXPECT_EQ(daemon.read(), 0);
  EXPECT_THAT(names(daemon), Contains("proctally-web/ps_count"));
  EXPECT_EQ(daemon.shutdown(), 0);
}

#endif  // __SANITIZE_THREAD__

}  // namespace
}  // namespace proctally::plugins::collectd
