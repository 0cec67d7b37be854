// The file in which the accounts wait for the next run: whose it is, whether it is whole, and what
// becomes of it where it is not.
#include "plugins/common/state_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "core/settings_file.h"
#include "plugins/common/host_identity.h"
#include "tests/plugins/graphite/recording_log.h"
#include "tests/support/fake_host.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kOwner = "01234567-89ab-cdef-0123-456789abcdef 00000000000000000007";

class StateFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    host_.add(1, "init", 1);
    collector_.collect({1, 1, 1});
  }

  [[nodiscard]] std::string state() const {
    std::string text;
    collector_.save(text);
    return text;
  }
  /// What the next run finds.
  std::optional<std::string> load(const std::string& owner = kOwner) {
    return StateFile(path_, owner, log_).load();
  }
  void save() { StateFile(path_, kOwner, log_).save(collector_); }

  std::string refusal() {
    try {
      const StateFile file(path_, kOwner, log_);
      return "";
    } catch (const StateFileError& error) {
      return error.what();
    }
  }

  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& content) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
  }
  void expect_moved_aside(const std::string& content) {
    EXPECT_FALSE(std::filesystem::exists(path_));
    EXPECT_EQ(read(path_ + ".refused"), content);
    std::filesystem::remove(path_ + ".refused");
  }

  test::TempDir dir_;
  std::string path_ = dir_.string() + "/state";
  test::RecordingLog log_;
  test::FakeHost host_;
  test::FakeSlowReader slow_{host_};
  Collector collector_{parse_settings("{}", "test"),
                       {host_,
                        host_,
                        slow_,
                        nullptr,
                        nullptr,
                        {kernel::CpuRoute::process_clock, kernel::BirthRoute::listing, true},
                        {}}};
};

TEST_F(StateFileTest, RefusesWhatOthersMayHaveWritten) {
  save();
  std::filesystem::permissions(path_, std::filesystem::perms{0660});
  EXPECT_EQ(refusal(), path_ + ": belongs to somebody else, or others may write to it; remove it");
  std::filesystem::permissions(path_, std::filesystem::perms{0600});
  EXPECT_EQ(refusal(), "");
}

TEST_F(StateFileTest, RefusesTheFileOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give a file away";
  save();
  constexpr uid_t kNobody = 65534;
  ASSERT_EQ(::chown(path_.c_str(), kNobody, kNobody), 0);
  EXPECT_EQ(refusal(), path_ + ": belongs to somebody else, or others may write to it; remove it");
}

TEST_F(StateFileTest, GivesBackWhatWasSavedLast) {
  save();
  host_.work(1, 1000);
  collector_.collect({2, 2, 2});
  save();
  EXPECT_EQ(load(), state());
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(StateFileTest, IsForItsOwnerAlone) {
  save();
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
}

TEST_F(StateFileTest, SaysNothingWhereThereIsNoneSoFar) {
  EXPECT_EQ(load(), std::nullopt);
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(StateFileTest, OfAnotherBootIsRefusedAndMovedAside) {
  save();
  const auto content = read(path_);
  const std::string other = "f1234567-89ab-cdef-0123-456789abcdef 00000000000000000007";
  EXPECT_EQ(load(other), std::nullopt);
  EXPECT_THAT(log_.lines(),
              ElementsAre(path_ +
                          ": cannot be used, it is of another boot, another host or "
                          "another pid namespace; counters begin anew, and the file is "
                          "now " +
                          path_ + ".refused"));
  expect_moved_aside(content);
}

TEST_F(StateFileTest, CutOffAnywhereIsRefusedAndMovedAside) {
  save();
  const auto content = read(path_);
  for (std::size_t size = 0; size < content.size(); ++size) {
    write(content.substr(0, size));
    EXPECT_EQ(load(), std::nullopt) << size;
    expect_moved_aside(content.substr(0, size));
  }
}

TEST_F(StateFileTest, WithAnyByteChangedIsRefusedAndMovedAside) {
  save();
  const auto content = read(path_);
  for (std::size_t i = 0; i < content.size(); ++i) {
    auto changed = content;
    changed[i] = static_cast<char>(changed[i] + 1);
    write(changed);
    EXPECT_EQ(load(), std::nullopt) << i;
    expect_moved_aside(changed);
  }
}

TEST_F(StateFileTest, WithMoreBehindItIsRefused) {
  save();
  write(read(path_) + "x");
  EXPECT_EQ(load(), std::nullopt);
}

TEST_F(StateFileTest, ThatIsTooLargeIsRefusedWithoutReadingIt) {
  save();
  std::filesystem::resize_file(path_, StateFile::kMostBytes + 1);
  EXPECT_EQ(load(), std::nullopt);
  ASSERT_EQ(log_.lines().size(), 1U);
  EXPECT_THAT(log_.lines()[0], HasSubstr("it is larger than 256 MiB"));
}

TEST_F(StateFileTest, ThatIsNoFileIsRefusedAtOnce) {
  const auto allowed = path_ + ": is no regular file, must be one of our own, or none so far";
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(refusal(), allowed);
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(refusal(), allowed);
  std::filesystem::remove(path_);
  dir_.write("target", "");
  std::filesystem::create_symlink(dir_.string() + "/target", path_);
  EXPECT_EQ(refusal(), allowed);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".lock")) << "nothing is left beside it";
}

TEST_F(StateFileTest, OfAMissingFolderIsRefused) {
  path_ = dir_.string() + "/none/state";
  EXPECT_EQ(refusal(), path_ + ": its folder is missing, and is not made here");
}

TEST_F(StateFileTest, HasOneUserAtATime) {
  {
    const StateFile first(path_, kOwner, log_);
    EXPECT_EQ(refusal(), path_ + ": is in use by another proctally, each needs a file of its own");
  }
  EXPECT_EQ(refusal(), "");
}

TEST_F(StateFileTest, SaysOnceThatItCannotBeWrittenAndOnceThatItCan) {
  StateFile file(path_, kOwner, log_);
  file.save(collector_);
  const auto before = read(path_);
  // Nothing can be made in its place, as on a full disk.
  std::filesystem::create_directory(path_ + ".tmp");
  for (int i = 0; i < 3; ++i) file.save(collector_);
  ASSERT_EQ(log_.lines().size(), 1U);
  EXPECT_THAT(log_.lines()[0], StartsWith("--state: " + path_ + ".tmp: "));
  EXPECT_THAT(log_.lines()[0], HasSubstr("a restart falls back to what was written last"));
  EXPECT_EQ(read(path_), before);
  std::filesystem::remove(path_ + ".tmp");
  for (int i = 0; i < 3; ++i) file.save(collector_);
  EXPECT_EQ(log_.lines().size(), 2U);
  EXPECT_EQ(log_.lines().back(), "--state: " + path_ + " is written again");
}

TEST(HostIdentityTest, IsTheSameEachTimeAndOfOneLength) {
  const auto host = identify_host("/proc");
  if (!host) GTEST_SKIP() << "the kernel tells no boot id";
  EXPECT_EQ(identify_host("/proc"), host);
  EXPECT_EQ(host->size(), 36U + 1 + 20);
  // Nothing is known of its first process.
  EXPECT_EQ(identify_host("/none")->size(), host->size());
}

}  // namespace
}  // namespace proctally::plugins
