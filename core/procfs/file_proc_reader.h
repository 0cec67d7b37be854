#pragma once

#include <dirent.h>

#include <memory>
#include <string>
#include <vector>

#include "core/procfs/proc_reader.h"

namespace proctally::procfs {

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};
using DirStream = std::unique_ptr<DIR, CloseDir>;

/// The reader of a procfs mounted at some root. One read per file and no seek: seq_file gives a
/// whole file when the buffer is large enough. It holds /proc, three host files and at most
/// `kept_budget` files of processes open, all O_CLOEXEC.
class FileProcReader final : public ProcReader {
 public:
  /// Throws std::system_error where `root` cannot be opened as a directory.
  FileProcReader(const std::string& root, std::size_t kept_budget);

  ReadStatus list(std::vector<pid_t>& pids) override;
  ReadResult read(HostFile file) override;
  ReadResult read(PidFile file, TaskPath task, KeptFiles* kept) override;
  void release(KeptFiles& kept) override;
  ReadStatus find_other_thread(pid_t pid, pid_t& tid) override;
  ReadStatus list_threads(pid_t pid, std::vector<pid_t>& tids) override;
  ReadStatus count_fds(TaskPath task, std::uint64_t& count) override;
  ReadStatus self(pid_t& pid) override;

  /// st_size of /proc/PID/fd is the count since Linux 6.2 (fs/proc/fd.c proc_fd_getattr()); before
  /// it is 0 and the folder is listed.
  [[nodiscard]] bool counts_fds_by_size() const { return fd_size_is_count_; }

 private:
  ReadResult read_open(int fd);

  DirStream root_;
  int root_fd_;
  std::vector<char> buffer_;
  std::array<UniqueFd, 3> host_files_;
  std::size_t kept_budget_;
  bool fd_size_is_count_ = false;
};

}  // namespace proctally::procfs
