#include "core/kernel/taskstats_listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/core/kernel/taskstats_listener_fixture.h"
#include "tests/support/child_process.h"

namespace proctally::kernel {
namespace {

using namespace std::chrono_literals;
using test::ChildProcess;

/// Lets a child go on: one that makes threads is forked before the listener has one of its own.
class Gate {
 public:
  Gate() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void open() const { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
  void pass() const {
    char byte = 0;
    if (::read(ends_[0], &byte, 1) != 1) ::_exit(1);
  }

 private:
  std::array<int, 2> ends_{};
};

void name_thread(const char* name) { ::prctl(PR_SET_NAME, name); }

void switch_voluntarily(int times) {
  for (int i = 0; i < times; ++i) ::usleep(10);
}

void work(std::chrono::nanoseconds time) {
  const auto now = [] {
    timespec cpu{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
    return std::chrono::seconds(cpu.tv_sec) + std::chrono::nanoseconds(cpu.tv_nsec);
  };
  const auto end = now() + time;
  while (now() < end) {
  }
}

TEST_F(TaskstatsListenerTest, AZombieIsInTheNextDrainWithAllThatIsKnownOfIt) {
  const auto listener = open();
  const ChildProcess child([] {
    name_thread("a) R 1 (b\n");
    work(30ms);
    switch_voluntarily(20);
    ::_exit(::setuid(4321) == 0 ? 0 : 1);
  });
  child.wait_for_zombie();
  const auto exit = of_pid(drain(*listener), child.pid());
  EXPECT_EQ(exit.name(), "a) R 1 (b\n");
  EXPECT_EQ(exit.ppid, ::getpid());
  EXPECT_EQ(exit.uid, 4321U);
  struct stat executable {};
  ASSERT_EQ(::stat("/proc/self/exe", &executable), 0);
  if (!exit.may_be_thread) {
    EXPECT_EQ(exit.exe_device, executable.st_dev);
    EXPECT_EQ(exit.exe_inode, executable.st_ino);
  }
  EXPECT_GT(exit.run_ns, 10'000'000U);
  EXPECT_LT(exit.run_ns, 10'000'000'000U);
  EXPECT_GT(exit.minor_faults, 0U);
  EXPECT_GE(exit.voluntary_switches, 5U) << "a busy host makes some of them involuntary";
  EXPECT_EQ(count_of(drain(*listener), {child.pid()}), 0U) << "told once";
}

TEST_F(TaskstatsListenerTest, AfterExecItIsTheNewProgram) {
  const auto listener = open();
  const ChildProcess child([] {
    ::execl("/bin/true", "another-argv0", nullptr);
    ::_exit(1);
  });
  child.wait_for_zombie();
  const auto exit = of_pid(drain(*listener), child.pid());
  EXPECT_EQ(exit.name(), "true");
  struct stat executable {};
  ASSERT_EQ(::stat("/bin/true", &executable), 0);
  if (!exit.may_be_thread) {
    EXPECT_EQ(exit.exe_inode, executable.st_ino);
  }
}

TEST_F(TaskstatsListenerTest, AProcessOfSeveralThreadsIsOneExit) {
  const Gate gate;
  const ChildProcess child([&gate] {
    gate.pass();
    name_thread("the leader");
    for (int i = 0; i < 3; ++i) {
      std::thread([] {
        name_thread("a worker");
        switch_voluntarily(20);
        work(10ms);
      }).join();
    }
    ::_exit(0);
  });
  const auto listener = open();
  gate.open();
  child.wait_for_zombie();
  const auto exits = drain(*listener);
  const auto exit = of_pid(exits, child.pid());
  if (exit.may_be_thread) GTEST_SKIP() << "taskstats before version 12 cannot tell";
  EXPECT_EQ(exit.name(), "the leader");
  EXPECT_EQ(exit.ppid, ::getpid());
  EXPECT_GE(exit.voluntary_switches, 15U);
  EXPECT_GE(exit.run_ns, 15'000'000U);
  EXPECT_TRUE(std::none_of(exits.begin(), exits.end(),
                           [](const ProcessExit& one) { return one.name() == "a worker"; }));
}

TEST_F(TaskstatsListenerTest, ALeaderThatEndsBeforeItsThreadsIsNoExitYet) {
  const Gate gate;
  ChildProcess child([&gate] {
    gate.pass();
    name_thread("early leader");
    std::thread([] {
      name_thread("late worker");
      for (;;) ::pause();
    }).detach();
    ::syscall(SYS_exit, 0);
  });
  const auto listener = open();
  gate.open();
  child.wait_for_dead_leader();
  auto exits = drain(*listener);
  EXPECT_TRUE(std::none_of(exits.begin(), exits.end(), [&child](const ProcessExit& one) {
    return one.pid == child.pid() && !one.may_be_thread;
  }));
  const auto pid = child.pid();
  child.kill();
  child.wait_for_zombie();
  exits = drain(*listener);
  const auto exit = of_pid(exits, pid);
  if (exit.may_be_thread) GTEST_SKIP() << "taskstats before version 12 cannot tell";
  EXPECT_EQ(exit.name(), "early leader");
}

// All threads die at once, on several CPUs: their messages come in any order.
TEST_F(TaskstatsListenerTest, ProcessesThatAreKilledWithTheirThreadsAreOneExitEach) {
  constexpr int kTimes = 10;
  std::vector<std::unique_ptr<ChildProcess>> children;
  const Gate ready;
  for (int i = 0; i < kTimes; ++i) {
    children.push_back(std::make_unique<ChildProcess>([&ready] {
      name_thread("many");
      for (int thread = 0; thread < 8; ++thread) {
        std::thread([] {
          for (;;) ::pause();
        }).detach();
      }
      ready.open();
    }));
  }
  for (int i = 0; i < kTimes; ++i) ready.pass();
  const auto listener = open();
  std::set<pid_t> pids;
  for (const auto& child : children) {
    pids.insert(child->pid());
    child->kill();
    child->wait_for_zombie();
  }
  const auto exits = drain(*listener);
  const auto is_certain = std::none_of(exits.begin(), exits.end(),
                                       [](const ProcessExit& one) { return one.may_be_thread; });
  if (!is_certain) GTEST_SKIP() << "taskstats before version 12 cannot tell";
  EXPECT_EQ(count_of(exits, pids), pids.size());
  for (const auto pid : pids) {
    const auto exit = of_pid(exits, pid);
    EXPECT_EQ(exit.name(), "many");
    EXPECT_GE(exit.minor_faults, 8U) << "each thread has touched its stack";
  }
}

TEST_F(TaskstatsListenerTest, AProcessOfAnotherPidNamespaceHasItsPidOfOurs) {
  const auto listener = open();
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const ChildProcess child([&pipe] {
    if (::unshare(CLONE_NEWPID) != 0) ::_exit(1);
    const pid_t inner = ::fork();  // As our namespace, that of its parent, knows it.
    if (inner == 0) {
      name_thread("inner");
      ::_exit(::getpid() == 1 ? 0 : 1);
    }
    ::waitpid(inner, nullptr, 0);
    ::_exit(::write(pipe[1], &inner, sizeof inner) == sizeof inner ? 0 : 1);
  });
  child.wait_for_zombie();
  ::close(pipe[1]);
  pid_t inner = 0;
  const auto size = ::read(pipe[0], &inner, sizeof inner);
  ::close(pipe[0]);
  if (size != sizeof inner) GTEST_SKIP() << "may not make a pid namespace";
  const auto exit = named(drain(*listener), "inner");
  EXPECT_EQ(exit.pid, inner);
  EXPECT_EQ(exit.ppid, child.pid());
}

TEST_F(TaskstatsListenerTest, AChildThatNobodyWaitsForIsHeardOf) {
  const auto listener = open();
  const ChildProcess child([] {
    ::signal(SIGCHLD, SIG_IGN);
    const pid_t reaped_by_the_kernel = ::fork();
    if (reaped_by_the_kernel == 0) {
      name_thread("autoreaped");
      ::_exit(0);
    }
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
    ::_exit(0);
  });
  child.wait_for_zombie();
  EXPECT_EQ(named(drain(*listener), "autoreaped").ppid, child.pid());
}

TEST_F(TaskstatsListenerTest, ItEndsAtOnceAlsoInTheMiddleOfANap) {
  auto listener = open({.nap = 1h});
  storm(1);
  ::usleep(10'000);
  const auto before = std::chrono::steady_clock::now();
  listener.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
}

TEST_F(TaskstatsListenerTest, ItsThreadTakesNoSignalAndItsDescriptorsDoNotOutliveExec) {
  std::set<std::string> before;
  for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd")) {
    before.insert(fd.path().filename());
  }
  const auto listener = open();
  for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd")) {
    const auto name = fd.path().filename().string();
    if (before.contains(name)) continue;
    EXPECT_EQ(::fcntl(std::stoi(name), F_GETFD), FD_CLOEXEC) << fd.path();
  }
  bool is_found = false;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    std::string line;
    std::getline(status, line);
    if (line != "Name:\texit listener") continue;
    is_found = true;
    while (std::getline(status, line) && !line.starts_with("SigBlk:")) {
    }
    ASSERT_TRUE(line.starts_with("SigBlk:"));
    const auto blocked = std::stoull(line.substr(7), nullptr, 16);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1}) {
      EXPECT_NE(blocked & (1ULL << (static_cast<unsigned>(signal) - 1)), 0U) << signal;
    }
  }
  EXPECT_TRUE(is_found);
}

/// What `open` says in a child that is somebody or somewhere else.
int status_in(const std::function<void()>& become) {
  const pid_t child = ::fork();
  if (child == 0) {
    become();
    TaskstatsStatus status{};
    const auto listener = TaskstatsListener::open(status);
    ::_exit((listener != nullptr) == (status == TaskstatsStatus::ok) ? static_cast<int>(status)
                                                                     : 99);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST_F(TaskstatsListenerTest, ItSaysWhatStandsInTheWay) {
  EXPECT_EQ(status_in([] {
              if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(98);
            }),
            static_cast<int>(TaskstatsStatus::no_permission));
  EXPECT_EQ(status_in([] {
              if (::unshare(CLONE_NEWPID) != 0) ::_exit(98);
              const pid_t inner = ::fork();
              if (inner == 0) return;
              int status = 0;
              ::waitpid(inner, &status, 0);
              ::_exit(WEXITSTATUS(status));
            }),
            static_cast<int>(TaskstatsStatus::other_namespace));
  // There the kernel takes the registration, and sends to whoever has our address in its first one.
  EXPECT_EQ(status_in([] {
              if (::unshare(CLONE_NEWNET) != 0) ::_exit(98);
            }),
            static_cast<int>(TaskstatsStatus::other_namespace));
}

TEST(TaskstatsStatusTest, EveryStatusHasWordsOfItsOwn) {
  std::set<std::string_view> names;
  for (const auto status :
       {TaskstatsStatus::ok, TaskstatsStatus::no_permission, TaskstatsStatus::other_namespace,
        TaskstatsStatus::not_in_kernel, TaskstatsStatus::not_usable, TaskstatsStatus::failed}) {
    EXPECT_FALSE(name_of(status).empty());
    EXPECT_TRUE(names.insert(name_of(status)).second);
  }
}

}  // namespace
}  // namespace proctally::kernel
