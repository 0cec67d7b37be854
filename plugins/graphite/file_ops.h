#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace proctally::plugins::graphite {

/// The system calls of the spool, as one seam: a test stands in for a disk that fails. All return
/// what the kernel does, a result from 0 on or -errno, and none is interrupted by a signal.
/// Descriptors are closed with close(2). The calls that take a `dir` find `name` in that folder and
/// follow no symbolic link. One thread.
class FileOps {
 public:
  FileOps() = default;
  FileOps(const FileOps&) = delete;
  FileOps& operator=(const FileOps&) = delete;
  virtual ~FileOps() = default;

  virtual int make_folder(const std::string& path, mode_t mode);
  virtual int open_folder(const std::string& path);
  /// The names in the folder, without "." and "..".
  virtual int list(int dir, std::vector<std::string>& names);
  /// `flags` as of open(2); O_CLOEXEC and O_NOFOLLOW are added.
  virtual int open(int dir, const std::string& name, int flags, mode_t mode);
  virtual int rename(int dir, const std::string& from, const std::string& to);
  virtual int remove(int dir, const std::string& name);

  virtual int status(int fd, struct stat& status);
  /// Takes the one lock of the file, or fails with -EWOULDBLOCK at once. It ends with the
  /// descriptor, and so with the process.
  virtual int lock(int fd);
  /// May read less than asked for; 0 is the end of the file.
  virtual ssize_t read(int fd, char* bytes, std::size_t size, std::uint64_t offset);
  /// May write less than asked for.
  virtual ssize_t write(int fd, const char* bytes, std::size_t size, std::uint64_t offset);
  virtual int cut(int fd, std::uint64_t size);
  /// Returns when the content, and a size that it needs, would survive a power cut.
  virtual int sync_data(int fd);
  /// The same for a folder: the names that are in it.
  virtual int sync_folder(int dir);
};

/// That of this host. Lives as long as the process.
[[nodiscard]] FileOps& system_file_ops();

/// Reads exactly so many bytes: 0, or -errno (-ENODATA where the file is shorter).
[[nodiscard]] int read_fully(FileOps& ops, int fd, char* bytes, std::size_t size,
                             std::uint64_t offset);
/// Writes all: 0, or -errno.
[[nodiscard]] int write_fully(FileOps& ops, int fd, std::string_view bytes, std::uint64_t offset);

}  // namespace proctally::plugins::graphite
