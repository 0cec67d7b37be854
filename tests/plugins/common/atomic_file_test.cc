#include "plugins/common/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <system_error>

#include "tests/support/temp_dir.h"

namespace proctally::plugins {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;

constexpr mode_t kMode = 0644;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class AtomicFileTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name = "a.prom") const {
    return dir_.string() + "/" + name;
  }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir_.path())) {
      names.insert(entry.path().filename());
    }
    return names;
  }
  void replace(const std::string& content, mode_t mode = kMode) const {
    replace_file(path(), content, mode);
  }

  test::TempDir dir_;
};

std::string refusal_of(const std::string& path, std::string_view content = "new") {
  try {
    replace_file(path, content, kMode);
    return "";
  } catch (const std::system_error& error) {
    return error.what();
  }
}

TEST_F(AtomicFileTest, MakesTheFileAndLeavesNothingElse) {
  replace("one\n");
  EXPECT_EQ(content_of(path()), "one\n");
  EXPECT_THAT(names(), ElementsAre("a.prom"));
}

TEST_F(AtomicFileTest, ReplacesTheWholeContent) {
  replace(std::string(100'000, 'x'));
  replace("short");
  EXPECT_EQ(content_of(path()), "short");
  replace_file(path(), "", kMode);
  EXPECT_EQ(content_of(path()), "");
}

TEST_F(AtomicFileTest, WhoHasTheOldContentOpenKeepsIt) {
  replace("old");
  std::ifstream reader(path());
  replace("new");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "old");
}

TEST_F(AtomicFileTest, RefusesAtTheStartWhatIsNoRegularFile) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_THROW(check_replaceable(path()), std::system_error);
  fs::remove(path());
  fs::create_symlink("/dev/null", path());
  EXPECT_THROW(check_replaceable(path()), std::system_error);
  fs::remove(path());
  EXPECT_NO_THROW(check_replaceable(path()));
  EXPECT_THROW(check_replaceable("/dev/null"), std::system_error);
}

TEST_F(AtomicFileTest, HasItsModeWhateverTheUmaskIs) {
  const auto before = ::umask(0077);
  replace("a", 0644);
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms{0644});
  ::umask(0);
  replace("a", 0600);
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms{0600});
  ::umask(before);
}

TEST_F(AtomicFileTest, RemovesWhatAnInterruptedOneLeft) {
  dir_.write("a.prom.tmp", "half of");
  replace("whole");
  EXPECT_EQ(content_of(path()), "whole");
  EXPECT_THAT(names(), ElementsAre("a.prom"));
}

TEST_F(AtomicFileTest, FollowsNoLinkThatWasPlanted) {
  dir_.write("victim", "precious");
  fs::create_symlink(path("victim"), path("a.prom.tmp"));
  replace("new");
  EXPECT_EQ(content_of(path("victim")), "precious");
  EXPECT_FALSE(fs::is_symlink(path()));
  EXPECT_EQ(content_of(path()), "new");
}

TEST_F(AtomicFileTest, WaitsForNoReaderOfAPipeThatWasPlanted) {
  ASSERT_EQ(::mkfifo(path("a.prom.tmp").c_str(), 0666), 0);
  replace("new");
  EXPECT_TRUE(fs::is_regular_file(path()));
  EXPECT_EQ(content_of(path()), "new");
}

TEST_F(AtomicFileTest, ReplacesALinkAndNotWhatItPointsTo) {
  dir_.write("victim", "precious");
  fs::create_symlink(path("victim"), path());
  replace("new");
  EXPECT_EQ(content_of(path("victim")), "precious");
  EXPECT_EQ(content_of(path()), "new");
}

TEST_F(AtomicFileTest, SaysWhichFolderIsMissing) {
  EXPECT_EQ(refusal_of(path("none/a.prom")),
            path("none/a.prom.tmp") + ": No such file or directory");
  EXPECT_THROW(check_replaceable(path("none/a.prom")), std::system_error);
}

TEST_F(AtomicFileTest, NeverReplacesAFolder) {
  fs::create_directory(path());
  EXPECT_EQ(refusal_of(path()), path() + ": Is a directory");
  EXPECT_THROW(check_replaceable(path()), std::system_error);
  EXPECT_THAT(names(), ElementsAre("a.prom"));
}

TEST_F(AtomicFileTest, KeepsTheOldFileWhereTheNewOneDoesNotFit) {
  replace("old");
  // Stands in for a full disk: it fails with the part written that fits.
  const rlimit small{.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto refusal = refusal_of(path(), std::string(10'000, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &before);
  (void)::signal(SIGXFSZ, handler);
  EXPECT_EQ(refusal, path("a.prom.tmp") + ": File too large");
  EXPECT_EQ(content_of(path()), "old");
  EXPECT_THAT(names(), ElementsAre("a.prom"));
}

TEST_F(AtomicFileTest, KeepsTheOldFileWhereTheFolderMayNotBeWritten) {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  replace("old");
  fs::permissions(dir_.path(), fs::perms{0755});
  ASSERT_EQ(::seteuid(kNobody), 0);
  const auto refusal = refusal_of(path());
  EXPECT_THROW(check_replaceable(path()), std::system_error);
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(refusal, path("a.prom.tmp") + ": Permission denied");
  EXPECT_EQ(content_of(path()), "old");
  EXPECT_THAT(names(), ElementsAre("a.prom"));
}

TEST_F(AtomicFileTest, TryingItChangesNothing) {
  check_replaceable(path());
  EXPECT_TRUE(names().empty());
  replace("old");
  check_replaceable(path());
  EXPECT_EQ(content_of(path()), "old");
  EXPECT_THAT(names(), ElementsAre("a.prom"));
}

}  // namespace
}  // namespace proctally::plugins
