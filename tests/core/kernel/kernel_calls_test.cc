#include "core/kernel/kernel_calls.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <ctime>
#include <thread>

#include "tests/support/child_process.h"

namespace proctally::kernel {
namespace {

using test::ChildProcess;

constexpr std::uint64_t kMillisecond = 1'000'000;

std::uint64_t own_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

void work(std::uint64_t ns) {
  const auto end = own_cpu_ns() + ns;
  while (own_cpu_ns() < end) {
  }
}

class KernelCallsTest : public ::testing::Test {
 protected:
  std::uint64_t clock_of(pid_t pid) {
    std::uint64_t ns = 0;
    EXPECT_EQ(calls_.cpu_clock(pid, ns), ReadStatus::ok);
    return ns;
  }

  SystemKernelCalls calls_;
};

TEST_F(KernelCallsTest, TheCpuClockGrowsByTheWorkThatIsDone) {
  const auto before = own_cpu_ns();
  const auto first = clock_of(::getpid());
  work(20 * kMillisecond);
  const auto second = clock_of(::getpid());
  const auto after = own_cpu_ns();
  EXPECT_GE(second - first, 20 * kMillisecond);
  EXPECT_LE(before, first);
  EXPECT_GE(after, second);
}

TEST_F(KernelCallsTest, TheCpuClockOfAnIdleChildStandsStill) {
  const ChildProcess child;
  std::uint64_t last = 0;
  // The child may still be on its way into its wait.
  for (int i = 0; i < 1000; ++i) {
    const auto now = clock_of(child.pid());
    if (now == last) return;
    EXPECT_GT(now, last);
    last = now;
    ::usleep(10'000);
  }
  FAIL() << "the clock never stood still";
}

TEST_F(KernelCallsTest, TheCpuClockKeepsTheTimeOfDeadThreads) {
  const auto before = clock_of(::getpid());
  std::thread([] { work(20 * kMillisecond); }).join();
  EXPECT_GE(clock_of(::getpid()) - before, 20 * kMillisecond);
}

TEST_F(KernelCallsTest, TheCpuClockWorksOnAZombie) {
  ChildProcess child([] {
    work(20 * kMillisecond);
    ::_exit(0);
  });
  child.wait_for_zombie();
  const auto ns = clock_of(child.pid());
  EXPECT_GE(ns, 20 * kMillisecond);
  EXPECT_EQ(clock_of(child.pid()), ns);
}

TEST_F(KernelCallsTest, TheCpuClockWorksUnderADeadLeader) {
  ChildProcess child([] {
    std::thread([] {
      for (;;) work(kMillisecond);
    }).detach();
    ::syscall(SYS_exit, 0);
  });
  child.wait_for_dead_leader();
  const auto before = clock_of(child.pid());
  ::usleep(50'000);
  EXPECT_GT(clock_of(child.pid()), before);
}

TEST_F(KernelCallsTest, TheCpuClockOfAReapedProcessHasVanished) {
  ChildProcess child;
  const auto pid = child.pid();
  child.reap();
  std::uint64_t ns = 7;
  EXPECT_EQ(calls_.cpu_clock(pid, ns), ReadStatus::vanished);
  EXPECT_EQ(ns, 7U) << "is left as it was";
}

TEST_F(KernelCallsTest, AThreadIsNoProcess) {
  std::atomic<pid_t> tid{0};
  std::atomic<bool> done{false};
  std::thread thread([&] {
    tid = ::gettid();
    while (!done) ::usleep(1000);
  });
  while (tid == 0) ::usleep(1000);
  std::uint64_t ns = 0;
  EXPECT_EQ(calls_.cpu_clock(tid, ns), ReadStatus::vanished);
  done = true;
  thread.join();
}

// Left to itself the kernel takes the caller's own thread for its process.
TEST_F(KernelCallsTest, TheCallingThreadIsNoProcessEither) {
  std::thread([this] {
    std::uint64_t ns = 0;
    EXPECT_EQ(calls_.cpu_clock(::gettid(), ns), ReadStatus::vanished);
    EXPECT_EQ(calls_.cpu_clock(::getpid(), ns), ReadStatus::ok);
  }).join();
}

TEST_F(KernelCallsTest, TheCpuClockOfAnotherUserNeedsNoPrivilege) {
  EXPECT_EQ(test::exit_status_as_nobody([] {
              SystemKernelCalls calls;
              std::uint64_t ns = 0;
              return calls.cpu_clock(1, ns) == ReadStatus::ok ? 0 : 1;
            }),
            0);
}

TEST_F(KernelCallsTest, TheLimitOfOpenFilesIsTheSoftOne) {
  rlimit own{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &own), 0);
  std::uint64_t limit = 0;
  ASSERT_EQ(calls_.open_files_soft_limit(::getpid(), limit), ReadStatus::ok);
  EXPECT_EQ(limit, own.rlim_cur);

  ChildProcess child([&own] {
    const rlimit lower{.rlim_cur = 77, .rlim_max = own.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &lower);
  });
  for (int i = 0; i < 1000 && limit != 77; ++i) {
    ASSERT_EQ(calls_.open_files_soft_limit(child.pid(), limit), ReadStatus::ok);
    ::usleep(1000);
  }
  EXPECT_EQ(limit, 77U);
}

TEST_F(KernelCallsTest, TheLimitOfAReapedProcessHasVanished) {
  ChildProcess child;
  const auto pid = child.pid();
  child.reap();
  std::uint64_t limit = 0;
  EXPECT_EQ(calls_.open_files_soft_limit(pid, limit), ReadStatus::vanished);
}

TEST_F(KernelCallsTest, TheLimitOfAnotherUserIsDenied) {
  EXPECT_EQ(test::exit_status_as_nobody([] {
              SystemKernelCalls calls;
              std::uint64_t limit = 0;
              return calls.open_files_soft_limit(1, limit) == ReadStatus::denied ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace proctally::kernel
