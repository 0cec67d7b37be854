#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plugins/graphite/batch.h"
#include "plugins/graphite/file_ops.h"
#include "plugins/graphite/spool.h"
#include "tests/support/temp_dir.h"

namespace proctally::test {

/// A batch that no other number has: of `line_count` lines, which say its number.
plugins::graphite::Batch numbered_batch(std::uint64_t number, std::size_t line_count = 2,
                                        std::int64_t time_s = 1000);

/// The sum that holds whatever happens.
void expect_balance(const plugins::graphite::Spool& spool);

/// Limits under which nothing is dropped.
plugins::graphite::SpoolLimits wide_limits();

/// The lines of all that is not taken, in order; takes it, and confirms nothing. An error of the
/// disk on the way is one of the test.
std::vector<std::string> take_all(plugins::graphite::Spool& spool, std::int64_t now_s = 1000);

std::string read_bytes(const std::filesystem::path& file);
void write_bytes(const std::filesystem::path& file, const std::string& bytes);

/// A disk that can be made to fail. It is not waited for, which would take most of a test's time.
class FaultyFiles : public plugins::graphite::FileOps {
 public:
  enum class Call : std::uint8_t {
    make_folder,
    open_folder,
    list,
    open,
    rename,
    remove,
    status,
    lock,
    read,
    write,
    cut,
    sync_data,
    sync_folder,
  };
  static constexpr int kForever = 1'000'000;

  /// The next `times` calls of this kind fail, after the next `after` of them.
  void fail(Call call, int error, int times = kForever, int after = 0) {
    faults_[call] = {.error = error, .times = times, .after = after};
  }
  /// As the kernel does with a disk that has errors.
  void make_read_only() { is_read_only_ = true; }
  void repair() {
    is_read_only_ = false;
    faults_.clear();
    room_ = kMuchRoom;
  }
  /// Each write takes so many bytes at most.
  void shorten_writes(std::size_t bytes) { longest_write_ = bytes; }
  /// After so many bytes the disk is full.
  void leave_room(std::uint64_t bytes) { room_ = bytes; }

  int make_folder(const std::string& path, mode_t mode) override;
  int open_folder(const std::string& path) override;
  int list(int dir, std::vector<std::string>& names) override;
  int open(int dir, const std::string& name, int flags, mode_t mode) override;
  int rename(int dir, const std::string& from, const std::string& to) override;
  int remove(int dir, const std::string& name) override;
  int status(int fd, struct stat& status) override;
  int lock(int fd) override;
  ssize_t read(int fd, char* bytes, std::size_t size, std::uint64_t offset) override;
  ssize_t write(int fd, const char* bytes, std::size_t size, std::uint64_t offset) override;
  int cut(int fd, std::uint64_t size) override;
  int sync_data(int fd) override;
  int sync_folder(int dir) override;

 private:
  static constexpr std::uint64_t kMuchRoom = std::uint64_t{1} << 60U;
  struct Fault {
    int error = 0;
    int times = 0;
    int after = 0;
  };
  /// -errno where this call is to fail, else 0.
  int fault(Call call);

  std::map<Call, Fault> faults_;
  std::size_t longest_write_ = kMuchRoom;
  std::uint64_t room_ = kMuchRoom;
  bool is_read_only_ = false;
};

/// A spool in a folder of its own, opened anew at will.
class SpoolTest : public testing::Test {
 protected:
  using Spool = plugins::graphite::Spool;
  using SpoolLimits = plugins::graphite::SpoolLimits;
  using Appended = Spool::Appended;
  using Reason = plugins::graphite::DropReason;
  using Tally = plugins::graphite::Tally;
  using Kind = plugins::graphite::SpoolFinding::Kind;

  ~SpoolTest() override {
    if (spool_) expect_balance(*spool_);
  }

  /// Ends the spool that was open, as an orderly end of the process would, and opens it again.
  void open(const SpoolLimits& limits = wide_limits());
  /// Ends it as kill -9 does, after which nothing more is written.
  void kill();
  Spool::AppendResult append(std::uint64_t number, std::size_t line_count = 2,
                             std::int64_t time_s = 1000) {
    return spool_->append(numbered_batch(number, line_count, time_s), time_s);
  }
  /// Appends, which must work.
  void spool(std::uint64_t number, std::size_t line_count = 2, std::int64_t time_s = 1000) {
    const auto result = append(number, line_count, time_s);
    EXPECT_EQ(result.outcome, Appended::spooled) << (result.error ? result.error->message : "");
  }
  /// What take_all() gives for these batches.
  static std::vector<std::string> lines_of(const std::vector<std::uint64_t>& numbers,
                                           std::size_t line_count = 2);
  /// The lines of the next batch, which is taken, or "" where there is none, or the error.
  std::string take(std::int64_t now_s = 1000);

  [[nodiscard]] std::filesystem::path folder() const { return dir_.path() / "spool"; }
  /// The segment files, in order.
  [[nodiscard]] std::vector<std::filesystem::path> segments() const;

  TempDir dir_;
  FaultyFiles files_;
  std::vector<plugins::graphite::SpoolFinding> findings_;
  std::vector<plugins::graphite::DiskError> errors_;
  std::unique_ptr<Spool> spool_;
};

}  // namespace proctally::test
