#include "core/procfs/file_proc_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tests/support/temp_dir.h"

namespace proctally::procfs {
namespace {

using test::TempDir;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::size_t kNoBudget = 0;

/// A reader of a made-up procfs. The real one is read in real_procfs_test.cc.
class FileProcReaderTest : public ::testing::Test {
 protected:
  [[nodiscard]] FileProcReader reader(std::size_t kept_budget = kNoBudget) const {
    return {root_.string(), kept_budget};
  }
  void replace(std::string_view name, std::string_view content) const {
    root_.write("new", content);
    std::filesystem::rename(root_.path() / "new", root_.path() / name);
  }

  TempDir root_;
};

TEST_F(FileProcReaderTest, ThrowsWhereTheRootIsNoFolder) {
  root_.write("file", "");
  EXPECT_THROW(FileProcReader(root_.string() + "/none", kNoBudget), std::system_error);
  EXPECT_THROW(FileProcReader(root_.string() + "/file", kNoBudget), std::system_error);
}

TEST_F(FileProcReaderTest, ListsTheFoldersThatAreNamedByANumber) {
  for (const char* name : {"1/stat", "23/stat", "4194304/stat", "self/stat", "12a/stat", "-4/stat",
                           "0/stat", "99999999999/stat", "sys/x", "stat"}) {
    root_.write(name, "");
  }
  auto reader = this->reader();
  std::vector<pid_t> pids = {7, 8};
  ASSERT_EQ(reader.list(pids), ReadStatus::ok);
  EXPECT_THAT(pids, UnorderedElementsAre(1, 23, 4194304));

  std::filesystem::remove_all(root_.path() / "23");
  root_.write("24/stat", "");
  ASSERT_EQ(reader.list(pids), ReadStatus::ok);
  EXPECT_THAT(pids, UnorderedElementsAre(1, 24, 4194304));
}

TEST_F(FileProcReaderTest, ListsNothingInAnEmptyFolder) {
  std::vector<pid_t> pids = {7};
  EXPECT_EQ(reader().list(pids), ReadStatus::ok);
  EXPECT_THAT(pids, IsEmpty());
}

TEST_F(FileProcReaderTest, ReadsEachFileOfAProcessByItsName) {
  struct Row {
    PidFile file;
    const char* name;
  };
  constexpr Row kRows[] = {
      {PidFile::stat, "stat"},           {PidFile::statm, "statm"},   {PidFile::io, "io"},
      {PidFile::status, "status"},       {PidFile::cgroup, "cgroup"}, {PidFile::limits, "limits"},
      {PidFile::schedstat, "schedstat"}, {PidFile::wchan, "wchan"}};
  auto reader = this->reader();
  for (const auto& [file, name] : kRows) {
    root_.write(std::string("5/") + name, std::string("the ") + name + "\n");
    const auto result = reader.read(file, {.pid = 5}, nullptr);
    EXPECT_EQ(result.status, ReadStatus::ok);
    EXPECT_EQ(result.text, std::string("the ") + name + "\n");
  }
}

TEST_F(FileProcReaderTest, ListsTheThreadsOfAProcess) {
  for (const char* name : {"5/task/5/stat", "5/task/17/stat", "5/task/x/stat", "6/stat"}) {
    root_.write(name, "");
  }
  auto reader = this->reader();
  std::vector<pid_t> tids = {7};
  ASSERT_EQ(reader.list_threads(5, tids), ReadStatus::ok);
  EXPECT_THAT(tids, UnorderedElementsAre(5, 17));
  EXPECT_EQ(reader.list_threads(6, tids), ReadStatus::vanished);
  EXPECT_THAT(tids, IsEmpty());
}

TEST_F(FileProcReaderTest, ReadsFilesOfThreads) {
  root_.write("5/task/6/statm", "of thread 6");
  EXPECT_EQ(reader().read(PidFile::statm, {.pid = 5, .tid = 6}, nullptr).text, "of thread 6");
}

TEST_F(FileProcReaderTest, ReadsFilesOfTheHostEachTimeAnew) {
  auto reader = this->reader();
  EXPECT_EQ(reader.read(HostFile::loadavg).status, ReadStatus::vanished);
  root_.write("loadavg", "one");
  root_.write("stat", "the stat");
  root_.write("meminfo", "the meminfo");
  EXPECT_EQ(reader.read(HostFile::loadavg).text, "one");
  root_.write("loadavg", "another");
  EXPECT_EQ(reader.read(HostFile::loadavg).text, "another");
  EXPECT_EQ(reader.read(HostFile::stat).text, "the stat");
  EXPECT_EQ(reader.read(HostFile::meminfo).text, "the meminfo");
}

TEST_F(FileProcReaderTest, ReadsAnyBytes) {
  const std::string bytes("a\0b\n\xff", 5);
  root_.write("5/stat", bytes);
  EXPECT_EQ(reader().read(PidFile::stat, {.pid = 5}, nullptr).text, bytes);
}

TEST_F(FileProcReaderTest, ReadsAnEmptyFileAsOk) {
  root_.write("5/stat", "");
  const auto result = reader().read(PidFile::stat, {.pid = 5}, nullptr);
  EXPECT_EQ(result.status, ReadStatus::ok);
  EXPECT_THAT(result.text, IsEmpty());
}

TEST_F(FileProcReaderTest, ReadsLargeFilesWholeAndThenSmallOnes) {
  for (const std::size_t size : {65535U, 65536U, 65537U, 300'000U}) {
    const std::string large(size, 'x');
    root_.write("5/status", large);
    root_.write("5/stat", "small");
    auto reader = this->reader();
    EXPECT_TRUE(reader.read(PidFile::status, {.pid = 5}, nullptr).text == large) << size;
    EXPECT_EQ(reader.read(PidFile::stat, {.pid = 5}, nullptr).text, "small") << size;
  }
}

TEST_F(FileProcReaderTest, CutsAFileWithoutEnd) {
  root_.write("5/status", std::string(std::size_t{5} << 20U, 'x'));
  EXPECT_EQ(reader().read(PidFile::status, {.pid = 5}, nullptr).text.size(), std::size_t{4} << 20U);
}

TEST_F(FileProcReaderTest, TellsWhatIsGoneFromWhatFailed) {
  root_.write("5/stat/is a folder", "");
  auto reader = this->reader();
  EXPECT_EQ(reader.read(PidFile::stat, {.pid = 4}, nullptr).status, ReadStatus::vanished);
  EXPECT_EQ(reader.read(PidFile::io, {.pid = 5}, nullptr).status, ReadStatus::vanished);
  const auto failed = reader.read(PidFile::stat, {.pid = 5}, nullptr);
  EXPECT_EQ(failed.status, ReadStatus::failed);
  EXPECT_THAT(failed.text, IsEmpty());
}

TEST_F(FileProcReaderTest, KeepsAFileOpenForTheNextTime) {
  root_.write("5/stat", "kept");
  auto reader = this->reader(1);
  KeptFiles kept;
  EXPECT_EQ(reader.read(PidFile::stat, {.pid = 5}, &kept).text, "kept");
  replace("5/stat", "another file");
  EXPECT_EQ(reader.read(PidFile::stat, {.pid = 5}, &kept).text, "kept");
  EXPECT_EQ(reader.read(PidFile::stat, {.pid = 5}, nullptr).text, "another file");
  reader.release(kept);
  EXPECT_EQ(reader.read(PidFile::stat, {.pid = 5}, &kept).text, "another file");
}

TEST_F(FileProcReaderTest, KeepsOnlyTheFilesThatAreReadOften) {
  auto reader = this->reader(100);
  KeptFiles kept;
  for (const char* name : {"stat", "statm", "io", "status", "cgroup", "limits"}) {
    root_.write(std::string("5/") + name, "");
  }
  for (const auto file : {PidFile::stat, PidFile::statm, PidFile::io, PidFile::status,
                          PidFile::cgroup, PidFile::limits}) {
    EXPECT_EQ(reader.read(file, {.pid = 5}, &kept).status, ReadStatus::ok);
  }
  for (const auto& fd : kept.fds) EXPECT_TRUE(fd.is_open());
  EXPECT_EQ(kept.fds.size(), kKeepableFiles);
}

TEST_F(FileProcReaderTest, KeepsNoMoreThanTheBudget) {
  for (const char* name : {"5/stat", "5/statm", "5/io", "6/stat"}) root_.write(name, "old");
  auto reader = this->reader(2);
  KeptFiles five;
  KeptFiles six;
  for (const auto file : {PidFile::stat, PidFile::statm, PidFile::io}) {
    EXPECT_EQ(reader.read(file, {.pid = 5}, &five).text, "old");
  }
  EXPECT_TRUE(five.fds[0].is_open());
  EXPECT_TRUE(five.fds[1].is_open());
  EXPECT_FALSE(five.fds[2].is_open()) << "a third one is over the budget";
  EXPECT_EQ(reader.read(PidFile::stat, {.pid = 6}, &six).text, "old");
  EXPECT_FALSE(six.fds[0].is_open());

  reader.release(five);
  for (const auto& fd : five.fds) EXPECT_FALSE(fd.is_open());
  EXPECT_EQ(reader.read(PidFile::stat, {.pid = 6}, &six).text, "old");
  EXPECT_TRUE(six.fds[0].is_open()) << "release() gives the budget back";

  reader.release(five);
  reader.release(six);
  reader.release(six);
  for (const auto file : {PidFile::stat, PidFile::statm, PidFile::io}) {
    EXPECT_EQ(reader.read(file, {.pid = 5}, &five).status, ReadStatus::ok);
  }
  EXPECT_FALSE(five.fds[2].is_open()) << "and no more than was taken";
}

TEST_F(FileProcReaderTest, KeepsNothingOfAFileThatCannotBeRead) {
  root_.write("5/stat/is a folder", "");
  auto reader = this->reader(1);
  KeptFiles kept;
  EXPECT_EQ(reader.read(PidFile::stat, {.pid = 5}, &kept).status, ReadStatus::failed);
  EXPECT_FALSE(kept.fds[0].is_open());
}

TEST_F(FileProcReaderTest, FindsAThreadThatIsNotTheLeader) {
  root_.write("5/task/5/stat", "");
  auto reader = this->reader();
  pid_t tid = 0;
  EXPECT_EQ(reader.find_other_thread(5, tid), ReadStatus::vanished);
  root_.write("5/task/77/stat", "");
  EXPECT_EQ(reader.find_other_thread(5, tid), ReadStatus::ok);
  EXPECT_EQ(tid, 77);
  EXPECT_EQ(reader.find_other_thread(6, tid), ReadStatus::vanished);
}

TEST_F(FileProcReaderTest, CountsDescriptorsByListingOnOlderKernels) {
  for (const char* name : {"5/fd/0", "5/fd/1", "5/fd/255", "5/task/6/fd/9", "7/stat"}) {
    root_.write(name, "");
  }
  auto reader = this->reader();
  ASSERT_FALSE(reader.counts_fds_by_size());
  std::uint64_t count = 0;
  EXPECT_EQ(reader.count_fds({.pid = 5}, count), ReadStatus::ok);
  EXPECT_EQ(count, 3U);
  EXPECT_EQ(reader.count_fds({.pid = 5, .tid = 6}, count), ReadStatus::ok);
  EXPECT_EQ(count, 1U);
  EXPECT_EQ(reader.count_fds({.pid = 7}, count), ReadStatus::vanished);
}

TEST_F(FileProcReaderTest, TellsWhichProcessTheMountTakesUsFor) {
  pid_t pid = 0;
  EXPECT_EQ(reader().self(pid), ReadStatus::vanished);
  std::filesystem::create_symlink("123", root_.path() / "self");
  EXPECT_EQ(reader().self(pid), ReadStatus::ok);
  EXPECT_EQ(pid, 123);
  std::filesystem::remove(root_.path() / "self");
  std::filesystem::create_symlink("elsewhere", root_.path() / "self");
  EXPECT_EQ(reader().self(pid), ReadStatus::malformed);
}

}  // namespace
}  // namespace proctally::procfs
