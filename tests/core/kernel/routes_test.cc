#include "core/kernel/routes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/procfs/file_proc_reader.h"

namespace proctally::kernel {
namespace {

using procfs::HostFile;
using procfs::KeptFiles;
using procfs::PidFile;
using procfs::ReadResult;
using procfs::TaskPath;

/// A procfs on which every route works, until a test takes one away.
class FakeReader final : public procfs::ProcReader {
 public:
  ReadStatus self_status = ReadStatus::ok;
  pid_t self_pid = ::getpid();
  ReadStatus loadavg_status = ReadStatus::ok;
  int pids_per_read = 1;
  ReadStatus io_status = ReadStatus::ok;
  std::string io_text = "rchar: 1\nwchar: 1\nsyscr: 1\nsyscw: 1\nread_bytes: 1\nwrite_bytes: 1\n";

  ReadStatus list(std::vector<pid_t>& /*pids*/) override { return ReadStatus::failed; }
  ReadResult read(HostFile file) override {
    if (file != HostFile::loadavg || loadavg_status != ReadStatus::ok) return {loadavg_status, {}};
    last_pid_ += pids_per_read;
    text_ = "0.00 0.00 0.00 1/80 " + std::to_string(last_pid_) + "\n";
    return {ReadStatus::ok, text_};
  }
  ReadResult read(PidFile file, TaskPath task, KeptFiles* /*kept*/) override {
    if (file != PidFile::io || task.pid != self_pid) return {ReadStatus::failed, {}};
    if (io_status != ReadStatus::ok) return {io_status, {}};
    return {ReadStatus::ok, io_text};
  }
  void release(KeptFiles& /*kept*/) override {}
  ReadStatus find_other_thread(pid_t /*pid*/, pid_t& /*tid*/) override {
    return ReadStatus::failed;
  }
  ReadStatus list_threads(pid_t /*pid*/, std::vector<pid_t>& /*tids*/) override {
    return ReadStatus::failed;
  }
  ReadStatus count_fds(TaskPath /*task*/, std::uint64_t& /*count*/) override {
    return ReadStatus::failed;
  }
  ReadStatus self(pid_t& pid) override {
    pid = self_pid;
    return self_status;
  }

 private:
  int last_pid_ = 1000;
  std::string text_;
};

/// A CPU clock that moves by `step_ns` at every `calls_per_step`th call.
class FakeKernel final : public KernelCalls {
 public:
  ReadStatus status = ReadStatus::ok;
  std::uint64_t step_ns = 500;
  int calls_per_step = 1;
  int long_steps = 0;  ///< So many steps of 5 ms come first.

  ReadStatus cpu_clock(pid_t pid, std::uint64_t& ns) override {
    if (status != ReadStatus::ok || pid != ::getpid()) return status;
    if (++calls_ % calls_per_step == 0) now_ += long_steps-- > 0 ? 5'000'000 : step_ns;
    ns = now_;
    return ReadStatus::ok;
  }
  ReadStatus open_files_soft_limit(pid_t /*pid*/, std::uint64_t& /*limit*/) override {
    return ReadStatus::failed;
  }

 private:
  int calls_ = 0;
  std::uint64_t now_ = 0;
};

class RoutesTest : public ::testing::Test {
 protected:
  Routes detect() { return detect_routes(reader_, kernel_); }
  void expect_fallback() {
    const auto routes = detect();
    EXPECT_EQ(routes.cpu, CpuRoute::stat);
    EXPECT_EQ(routes.births, BirthRoute::listing);
  }

  FakeReader reader_;
  FakeKernel kernel_;
};

TEST(RealRoutesTest, WorkOnThisHost) {
  procfs::FileProcReader reader("/proc", 0);
  SystemKernelCalls kernel;
  const auto routes = detect_routes(reader, kernel);
  EXPECT_EQ(routes.cpu, CpuRoute::process_clock);
  EXPECT_EQ(routes.births, BirthRoute::pid_cursor);
  EXPECT_EQ(routes.has_io, ::access("/proc/self/io", F_OK) == 0);
}

TEST_F(RoutesTest, AreTheFastOnesWhereAllTestsPass) {
  const auto routes = detect();
  EXPECT_EQ(routes.cpu, CpuRoute::process_clock);
  EXPECT_EQ(routes.births, BirthRoute::pid_cursor);
  EXPECT_TRUE(routes.has_io);
}

TEST_F(RoutesTest, FallBackWhereTheMountKnowsUsByAnotherPid) {
  reader_.self_pid = ::getpid() + 1;
  expect_fallback();
  EXPECT_TRUE(detect().has_io);
}

TEST_F(RoutesTest, FallBackWhereTheMountDoesNotKnowUs) {
  reader_.self_status = ReadStatus::vanished;
  reader_.io_status = ReadStatus::vanished;
  expect_fallback();
  EXPECT_TRUE(detect().has_io) << "nothing speaks against it";
}

TEST_F(RoutesTest, FallBackWhereTheClockMayNotBeRead) {
  for (const auto status : {ReadStatus::denied, ReadStatus::vanished, ReadStatus::failed}) {
    kernel_.status = status;
    expect_fallback();
  }
}

TEST_F(RoutesTest, FallBackWhereTheClockStandsStill) {
  kernel_.step_ns = 0;
  expect_fallback();
}

TEST_F(RoutesTest, FallBackWhereTheClockMovesInJiffies) {
  for (const std::uint64_t step_ns : {1'000'000U, 4'000'000U, 10'000'000U}) {
    FakeKernel kernel;
    kernel.step_ns = step_ns;
    kernel.calls_per_step = 1000;
    EXPECT_EQ(detect_routes(reader_, kernel).cpu, CpuRoute::stat) << step_ns;
  }
}

TEST_F(RoutesTest, AreNotMisledByATheftOfTheCpu) {
  kernel_.long_steps = 3;
  EXPECT_EQ(detect().cpu, CpuRoute::process_clock);
}

TEST_F(RoutesTest, ListWhereThePidCursorStandsStill) {
  reader_.pids_per_read = 0;
  const auto routes = detect();
  EXPECT_EQ(routes.cpu, CpuRoute::process_clock);
  EXPECT_EQ(routes.births, BirthRoute::listing);
}

TEST_F(RoutesTest, ListWhereThePidCursorCannotBeRead) {
  reader_.loadavg_status = ReadStatus::vanished;
  EXPECT_EQ(detect().births, BirthRoute::listing);
}

TEST_F(RoutesTest, HaveNoIoWhereTheKernelKeepsNone) {
  reader_.io_status = ReadStatus::vanished;
  EXPECT_FALSE(detect().has_io);
  reader_.io_status = ReadStatus::ok;
  reader_.io_text = "";
  EXPECT_FALSE(detect().has_io);
}

TEST_F(RoutesTest, HaveIoWhereOnlyOurOwnIsDenied) {
  reader_.io_status = ReadStatus::denied;
  EXPECT_TRUE(detect().has_io);
}

TEST(RoutesNamesTest, TellTheRoutesApart) {
  EXPECT_NE(name_of(CpuRoute::process_clock), name_of(CpuRoute::stat));
  EXPECT_NE(name_of(BirthRoute::pid_cursor), name_of(BirthRoute::listing));
}

}  // namespace
}  // namespace proctally::kernel
