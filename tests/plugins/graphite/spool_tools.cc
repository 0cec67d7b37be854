#include "tests/plugins/graphite/spool_tools.h"

#include <fcntl.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <utility>
#include <variant>

namespace proctally::test {

using plugins::graphite::Batch;
using plugins::graphite::DiskError;
using plugins::graphite::FileOps;
using plugins::graphite::Spool;
using plugins::graphite::SpoolLimits;

Batch numbered_batch(std::uint64_t number, std::size_t line_count, std::int64_t time_s) {
  Batch batch{.time_s = time_s, .line_count = line_count};
  for (std::size_t line = 0; line < line_count; ++line) {
    batch.lines += "batch." + std::to_string(number) + ".line" + std::to_string(line) + " 1 " +
                   std::to_string(time_s) + "\n";
  }
  return batch;
}

void expect_balance(const Spool& spool) {
  const auto& stats = spool.stats();
  EXPECT_EQ(stats.recovered + stats.appended,
            stats.confirmed + stats.dropped.total() + stats.pending);
}

SpoolLimits wide_limits() {
  return {.max_bytes = std::uint64_t{1} << 40U,
          .max_age_s = std::numeric_limits<std::int64_t>::max(),
          .segment_bytes = 1U << 20U};
}

std::vector<std::string> take_all(Spool& spool, std::int64_t now_s) {
  std::vector<std::string> all;
  for (;;) {
    const auto peeked = spool.peek(now_s);
    if (const auto* error = std::get_if<DiskError>(&peeked)) {
      ADD_FAILURE() << error->message;
      return all;
    }
    const auto& next = std::get<std::optional<Spool::SpooledBatch>>(peeked);
    if (!next) return all;
    all.push_back(next->rest.batch->lines);
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(next->rest.batch->lines, '\n')),
              next->rest.batch->line_count);
    spool.take();
  }
}

std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

int FaultyFiles::fault(Call call) {
  const auto found = faults_.find(call);
  if (found == faults_.end()) return 0;
  auto& fault = found->second;
  if (fault.after > 0) {
    --fault.after;
    return 0;
  }
  if (fault.times == 0) return 0;
  --fault.times;
  return -fault.error;
}

int FaultyFiles::make_folder(const std::string& path, mode_t mode) {
  if (is_read_only_) return -EROFS;
  const auto error = fault(Call::make_folder);
  return error != 0 ? error : FileOps::make_folder(path, mode);
}
int FaultyFiles::open_folder(const std::string& path) {
  const auto error = fault(Call::open_folder);
  return error != 0 ? error : FileOps::open_folder(path);
}
int FaultyFiles::list(int dir, std::vector<std::string>& names) {
  const auto error = fault(Call::list);
  return error != 0 ? error : FileOps::list(dir, names);
}
int FaultyFiles::open(int dir, const std::string& name, int flags, mode_t mode) {
  if (is_read_only_ && (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) != O_RDONLY) return -EROFS;
  const auto error = fault(Call::open);
  return error != 0 ? error : FileOps::open(dir, name, flags, mode);
}
int FaultyFiles::rename(int dir, const std::string& from, const std::string& to) {
  if (is_read_only_) return -EROFS;
  const auto error = fault(Call::rename);
  return error != 0 ? error : FileOps::rename(dir, from, to);
}
int FaultyFiles::remove(int dir, const std::string& name) {
  if (is_read_only_) return -EROFS;
  const auto error = fault(Call::remove);
  return error != 0 ? error : FileOps::remove(dir, name);
}
int FaultyFiles::status(int fd, struct stat& status) {
  const auto error = fault(Call::status);
  return error != 0 ? error : FileOps::status(fd, status);
}
int FaultyFiles::lock(int fd) {
  const auto error = fault(Call::lock);
  return error != 0 ? error : FileOps::lock(fd);
}
ssize_t FaultyFiles::read(int fd, char* bytes, std::size_t size, std::uint64_t offset) {
  const auto error = fault(Call::read);
  return error != 0 ? error : FileOps::read(fd, bytes, size, offset);
}
ssize_t FaultyFiles::write(int fd, const char* bytes, std::size_t size, std::uint64_t offset) {
  if (is_read_only_) return -EROFS;
  if (const auto error = fault(Call::write); error != 0) return error;
  if (room_ == 0) return -ENOSPC;
  const auto result =
      FileOps::write(fd, bytes, std::min({size, longest_write_, std::size_t{room_}}), offset);
  if (result > 0) room_ -= static_cast<std::uint64_t>(result);
  return result;
}
int FaultyFiles::cut(int fd, std::uint64_t size) {
  if (is_read_only_) return -EROFS;
  const auto error = fault(Call::cut);
  return error != 0 ? error : FileOps::cut(fd, size);
}
int FaultyFiles::sync_data(int /*fd*/) {
  const auto error = fault(Call::sync_data);
  return error;  // Nobody cuts the power of a test's disk.
}
int FaultyFiles::sync_folder(int /*dir*/) {
  const auto error = fault(Call::sync_folder);
  return error;
}

void SpoolTest::open(const SpoolLimits& limits) {
  if (spool_) expect_balance(*spool_);
  spool_.reset();
  auto opened = Spool::open(folder().string(), limits, files_);
  ASSERT_TRUE(opened.spool) << (opened.error ? opened.error->message : "");
  EXPECT_FALSE(opened.error);
  spool_ = std::move(opened.spool);
  findings_ = std::move(opened.findings);
  errors_ = std::move(opened.errors);
  expect_balance(*spool_);
}

void SpoolTest::kill() {
  files_.fail(FaultyFiles::Call::open, EIO);
  files_.fail(FaultyFiles::Call::rename, EIO);
  spool_.reset();
  files_.repair();
}

std::vector<std::string> SpoolTest::lines_of(const std::vector<std::uint64_t>& numbers,
                                             std::size_t line_count) {
  std::vector<std::string> lines;
  for (const auto number : numbers) lines.push_back(numbered_batch(number, line_count).lines);
  return lines;
}

std::string SpoolTest::take(std::int64_t now_s) {
  const auto peeked = spool_->peek(now_s);
  if (const auto* error = std::get_if<DiskError>(&peeked)) return error->message;
  const auto& next = std::get<std::optional<Spool::SpooledBatch>>(peeked);
  if (!next) return "";
  spool_->take();
  return next->rest.batch->lines;
}

std::vector<std::filesystem::path> SpoolTest::segments() const {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() == ".spool") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace proctally::test
