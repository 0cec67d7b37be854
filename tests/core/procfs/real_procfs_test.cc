#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/procfs/file_proc_reader.h"
#include "core/procfs/host_loadavg.h"
#include "core/procfs/host_meminfo.h"
#include "core/procfs/host_stat.h"
#include "core/procfs/pid_cgroup.h"
#include "core/procfs/pid_io.h"
#include "core/procfs/pid_limits.h"
#include "core/procfs/pid_stat.h"
#include "core/procfs/pid_statm.h"
#include "core/procfs/pid_status.h"
#include "tests/support/child_process.h"

/// FileProcReader and the parsers on the procfs of the host that runs the tests.
namespace proctally::procfs {
namespace {

using test::ChildProcess;
using ::testing::Contains;
using ::testing::Not;

std::set<int> own_fds() {
  std::set<int> fds;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    if (::fcntl(fd, F_GETFD) >= 0) fds.insert(fd);
  }
  // The folder's own descriptor was among them, and is closed by now.
  for (auto it = fds.begin(); it != fds.end();) {
    it = ::fcntl(*it, F_GETFD) < 0 ? fds.erase(it) : std::next(it);
  }
  return fds;
}

class RealProcfsTest : public ::testing::Test {
 protected:
  FileProcReader reader_{"/proc", 100};
};

TEST_F(RealProcfsTest, ListsOurselvesOurParentAndNoThread) {
  std::vector<pid_t> pids;
  pid_t tid = 0;
  std::thread([&] {
    tid = ::gettid();
    ASSERT_EQ(reader_.list(pids), ReadStatus::ok);
  }).join();
  EXPECT_THAT(pids, Contains(::getpid()));
  EXPECT_THAT(pids, Not(Contains(tid)));
}

TEST_F(RealProcfsTest, KnowsOurPid) {
  pid_t pid = 0;
  ASSERT_EQ(reader_.self(pid), ReadStatus::ok);
  EXPECT_EQ(pid, ::getpid());
}

TEST_F(RealProcfsTest, UnderstandsEveryFileOfOurOwn) {
  const TaskPath self{.pid = ::getpid()};
  const auto stat = parse_pid_stat(reader_.read(PidFile::stat, self, nullptr).text);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'R');
  EXPECT_EQ(stat->ppid, ::getppid());
  EXPECT_GE(stat->num_threads, 1U);
  EXPECT_FALSE(stat->is_kernel_thread());

  const auto statm = parse_pid_statm(reader_.read(PidFile::statm, self, nullptr).text);
  ASSERT_TRUE(statm);
  EXPECT_GT(statm->resident_pages, 0U);
  EXPECT_GE(statm->size_pages, statm->resident_pages);

  const auto status = parse_pid_status(reader_.read(PidFile::status, self, nullptr).text);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->effective_uid, ::geteuid());

  const auto limits = reader_.read(PidFile::limits, self, nullptr);
  EXPECT_EQ(parse_open_files_soft_limit(limits.text),
            static_cast<std::uint64_t>(::sysconf(_SC_OPEN_MAX)));

  const auto cgroup = reader_.read(PidFile::cgroup, self, nullptr);
  EXPECT_EQ(cgroup.status == ReadStatus::ok, !parse_pid_cgroup(cgroup.text).empty());

  const auto io = reader_.read(PidFile::io, self, nullptr);
  if (io.status == ReadStatus::ok) {
    const auto counters = parse_pid_io(io.text);
    ASSERT_TRUE(counters);
    EXPECT_GT(counters->read_calls, 0U);
  }
}

TEST_F(RealProcfsTest, UnderstandsTheFilesOfTheHost) {
  const auto stat = parse_host_stat(reader_.read(HostFile::stat).text);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->online_cpus, static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN)));
  EXPECT_TRUE(parse_last_pid(reader_.read(HostFile::loadavg).text));
  const auto meminfo = parse_host_meminfo(reader_.read(HostFile::meminfo).text);
  ASSERT_TRUE(meminfo);
  EXPECT_EQ(meminfo->total_kilobytes * 1024,
            static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES) * ::sysconf(_SC_PAGESIZE)));
}

TEST_F(RealProcfsTest, UnderstandsEveryProcessOfThisHost) {
  std::vector<pid_t> pids;
  ASSERT_EQ(reader_.list(pids), ReadStatus::ok);
  for (const auto pid : pids) {
    const auto stat = reader_.read(PidFile::stat, {pid}, nullptr);
    if (stat.status == ReadStatus::ok) {
      EXPECT_TRUE(parse_pid_stat(stat.text)) << stat.text;
    }
    const auto status = reader_.read(PidFile::status, {pid}, nullptr);
    if (status.status == ReadStatus::ok) {
      EXPECT_TRUE(parse_pid_status(status.text)) << status.text;
    }
    const auto statm = reader_.read(PidFile::statm, {pid}, nullptr);
    if (statm.status == ReadStatus::ok) {
      EXPECT_TRUE(parse_pid_statm(statm.text)) << statm.text;
    }
    const auto io = reader_.read(PidFile::io, {pid}, nullptr);
    if (io.status == ReadStatus::ok) {
      EXPECT_TRUE(parse_pid_io(io.text)) << io.text;
    }
  }
}

TEST_F(RealProcfsTest, ReadsAKeptFileOfAReapedChildAsVanished) {
  for (const auto file : {PidFile::stat, PidFile::statm, PidFile::io}) {
    ChildProcess child;
    const TaskPath task{.pid = child.pid()};
    KeptFiles kept;
    ASSERT_EQ(reader_.read(file, task, &kept).status, ReadStatus::ok);
    ASSERT_EQ(reader_.read(file, task, &kept).status, ReadStatus::ok);
    child.reap();
    const auto result = reader_.read(file, task, &kept);
    EXPECT_EQ(result.status, ReadStatus::vanished);
    EXPECT_TRUE(result.text.empty());
    EXPECT_FALSE(kept.fds.at(static_cast<std::size_t>(file)).is_open());
  }
}

TEST_F(RealProcfsTest, GivesTheBudgetOfAVanishedProcessBack) {
  FileProcReader reader("/proc", 1);
  for (int i = 0; i < 3; ++i) {
    ChildProcess child;
    KeptFiles kept;
    ASSERT_EQ(reader.read(PidFile::stat, {child.pid()}, &kept).status, ReadStatus::ok);
    EXPECT_TRUE(kept.fds[0].is_open());
    const TaskPath task{.pid = child.pid()};
    child.reap();
    EXPECT_EQ(reader.read(PidFile::stat, task, &kept).status, ReadStatus::vanished);
  }
}

TEST_F(RealProcfsTest, ReadsTheNewProcessWherePidWasReused) {
  ChildProcess old_child;
  const TaskPath task{.pid = old_child.pid()};
  KeptFiles kept;
  const auto old_stat = parse_pid_stat(reader_.read(PidFile::stat, task, &kept).text);
  ASSERT_TRUE(old_stat);
  // Start times are in hundredths of a second.
  ::usleep(30'000);
  old_child.reap();
  const auto new_child = ChildProcess::with_pid(task.pid);
  if (new_child.pid() == 0) GTEST_SKIP() << "may not choose the pid of a child here";
  const auto result = reader_.read(PidFile::stat, task, &kept);
  ASSERT_EQ(result.status, ReadStatus::ok);
  const auto new_stat = parse_pid_stat(result.text);
  ASSERT_TRUE(new_stat);
  EXPECT_GT(new_stat->starttime_ticks, old_stat->starttime_ticks);
}

TEST_F(RealProcfsTest, ReadsAnotherUsersCountersAsDenied) {
  EXPECT_EQ(test::exit_status_as_nobody([] {
              FileProcReader reader("/proc", 0);
              const auto io = reader.read(PidFile::io, {.pid = 1}, nullptr);
              return io.status == ReadStatus::denied && io.text.empty() ? 0 : 1;
            }),
            0);
}

TEST_F(RealProcfsTest, OpensNothingThatAnotherProgramInherits) {
  const auto before = own_fds();
  FileProcReader reader("/proc", 100);
  KeptFiles kept;
  for (const auto file : {PidFile::stat, PidFile::statm, PidFile::io}) {
    (void)reader.read(file, {.pid = ::getpid()}, &kept);
  }
  for (const auto file : {HostFile::stat, HostFile::loadavg, HostFile::meminfo}) {
    (void)reader.read(file);
  }
  std::size_t opened = 0;
  for (const int fd : own_fds()) {
    if (before.contains(fd)) continue;
    ++opened;
    EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC) << fd;
  }
  EXPECT_EQ(opened, 7U) << "the root, three files of the host, three of a process";
}

TEST_F(RealProcfsTest, CountsOpenDescriptorsAsTheKernelDoes) {
  const TaskPath self{.pid = ::getpid()};
  const auto mine = own_fds().size();
  std::uint64_t count = 0;
  ASSERT_EQ(reader_.count_fds(self, count), ReadStatus::ok);
  // Listing the folder, on older kernels, opens one more.
  const std::uint64_t own_listing = reader_.counts_fds_by_size() ? 0 : 1;
  EXPECT_EQ(count, mine + own_listing);

  std::vector<UniqueFd> more;
  for (int i = 0; i < 100; ++i) more.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(reader_.count_fds(self, count), ReadStatus::ok);
  EXPECT_EQ(count, mine + own_listing + 100);
}

TEST_F(RealProcfsTest, FindsWhatStillRunsUnderADeadLeader) {
  ChildProcess child([] {
    std::thread([] {
      for (;;) ::pause();
    }).detach();
    ::syscall(SYS_exit, 0);
  });
  child.wait_for_dead_leader();
  const auto leader = parse_pid_stat(reader_.read(PidFile::stat, {child.pid()}, nullptr).text);
  ASSERT_TRUE(leader);
  EXPECT_EQ(leader->state, 'Z');
  EXPECT_EQ(leader->num_threads, 2U);
  EXPECT_EQ(parse_pid_statm(reader_.read(PidFile::statm, {child.pid()}, nullptr).text), PidStatm{});

  pid_t tid = 0;
  ASSERT_EQ(reader_.find_other_thread(child.pid(), tid), ReadStatus::ok);
  EXPECT_NE(tid, child.pid());
  const TaskPath thread{.pid = child.pid(), .tid = tid};
  const auto statm = parse_pid_statm(reader_.read(PidFile::statm, thread, nullptr).text);
  ASSERT_TRUE(statm);
  EXPECT_GT(statm->resident_pages, 0U);
  std::uint64_t fds = 0;
  ASSERT_EQ(reader_.count_fds(thread, fds), ReadStatus::ok);
  EXPECT_GT(fds, 0U);
}

TEST_F(RealProcfsTest, FindsNoOtherThreadOfAZombie) {
  ChildProcess child([] { ::_exit(0); });
  child.wait_for_zombie();
  pid_t tid = 0;
  EXPECT_EQ(reader_.find_other_thread(child.pid(), tid), ReadStatus::vanished);
  const auto stat = parse_pid_stat(reader_.read(PidFile::stat, {child.pid()}, nullptr).text);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'Z');
}

}  // namespace
}  // namespace proctally::procfs
