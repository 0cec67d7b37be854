#include "plugins/graphite/file_ops.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "core/unique_fd.h"

namespace proctally::plugins::graphite {
namespace {

/// Calls until no signal interrupts, and makes a result of the kernel's kind of it.
template <typename Call>
auto without_interruption(const Call& call) {
  for (;;) {
    const auto result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return static_cast<decltype(result)>(-errno);
  }
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

int FileOps::make_folder(const std::string& path, mode_t mode) {
  return without_interruption([&] { return ::mkdir(path.c_str(), mode); });
}

int FileOps::open_folder(const std::string& path) {
  return without_interruption(
      [&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

int FileOps::list(int dir, std::vector<std::string>& names) {
  // A description of its own: fdopendir() takes the descriptor, and reading moves its offset.
  UniqueFd own(::openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.is_open()) return -errno;
  const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(own.get()));
  if (!folder) return -errno;
  (void)own.release();
  for (;;) {
    errno = 0;
    // The only one that reads this stream.
    const auto* entry = ::readdir(folder.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) return -errno;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
}

int FileOps::open(int dir, const std::string& name, int flags, mode_t mode) {
  return without_interruption(
      [&] { return ::openat(dir, name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode); });
}

int FileOps::rename(int dir, const std::string& from, const std::string& to) {
  return without_interruption([&] { return ::renameat(dir, from.c_str(), dir, to.c_str()); });
}

int FileOps::remove(int dir, const std::string& name) {
  return without_interruption([&] { return ::unlinkat(dir, name.c_str(), 0); });
}

int FileOps::status(int fd, struct stat& status) {
  return without_interruption([&] { return ::fstat(fd, &status); });
}

int FileOps::lock(int fd) {
  return without_interruption([&] { return ::flock(fd, LOCK_EX | LOCK_NB); });
}

ssize_t FileOps::read(int fd, char* bytes, std::size_t size, std::uint64_t offset) {
  return without_interruption([&] { return ::pread(fd, bytes, size, static_cast<off_t>(offset)); });
}

ssize_t FileOps::write(int fd, const char* bytes, std::size_t size, std::uint64_t offset) {
  return without_interruption(
      [&] { return ::pwrite(fd, bytes, size, static_cast<off_t>(offset)); });
}

int FileOps::cut(int fd, std::uint64_t size) {
  return without_interruption([&] { return ::ftruncate(fd, static_cast<off_t>(size)); });
}

int FileOps::sync_data(int fd) {
  return without_interruption([&] { return ::fdatasync(fd); });
}

int FileOps::sync_folder(int dir) {
  return without_interruption([&] { return ::fsync(dir); });
}

FileOps& system_file_ops() {
  static FileOps ops;
  return ops;
}

int read_fully(FileOps& ops, int fd, char* bytes, std::size_t size, std::uint64_t offset) {
  while (size > 0) {
    const auto result = ops.read(fd, bytes, size, offset);
    if (result < 0) return static_cast<int>(result);
    if (result == 0) return -ENODATA;
    const auto count = static_cast<std::size_t>(result);
    bytes += count;
    size -= count;
    offset += count;
  }
  return 0;
}

int write_fully(FileOps& ops, int fd, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const auto result = ops.write(fd, bytes.data(), bytes.size(), offset);
    if (result < 0) return static_cast<int>(result);
    if (result == 0) return -EIO;
    bytes.remove_prefix(static_cast<std::size_t>(result));
    offset += static_cast<std::uint64_t>(result);
  }
  return 0;
}

}  // namespace proctally::plugins::graphite
