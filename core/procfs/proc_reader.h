#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/read_status.h"
#include "core/unique_fd.h"

namespace proctally::procfs {

/// The files of one process that a scan reads. None of them takes the target's mmap_lock: those
/// that do (cmdline, exe) are in BlockingFiles. The first kKeepableFiles may be kept open.
enum class PidFile : std::uint8_t { stat, statm, io, status, cgroup, limits, schedstat, wchan };
inline constexpr std::size_t kPidFileCount = 8;
inline constexpr std::size_t kKeepableFiles = 3;

enum class HostFile : std::uint8_t { stat, loadavg, meminfo };

/// A process, or one of its threads: /proc/PID/ or /proc/PID/task/TID/.
struct TaskPath {
  pid_t pid = 0;
  pid_t tid = 0;  ///< 0: the process itself.
};

/// Files of one process that stay open between scans, because a pread costs a third of an open,
/// read and close. Belongs to whoever remembers the process; only a reader looks inside. A kept
/// file names the process, not the pid: once that is gone it is given back and the path is opened
/// anew, so after a reuse of the pid the caller reads the new process, with another start time.
struct KeptFiles {
  std::array<UniqueFd, kKeepableFiles> fds;
};

struct ReadResult {
  ReadStatus status = ReadStatus::failed;
  std::string_view text;  ///< Valid until the next call of the same reader. Empty unless ok.
};

/// Opens and reads; never interprets. The one seam between the core and /proc: FileProcReader for
/// a mounted procfs, a fake host in tests. Used by the scan thread only.
class ProcReader {
 public:
  ProcReader() = default;
  ProcReader(const ProcReader&) = delete;
  ProcReader& operator=(const ProcReader&) = delete;
  virtual ~ProcReader() = default;

  /// The pids in the mount, in no particular order, into `pids`, which is cleared first.
  virtual ReadStatus list(std::vector<pid_t>& pids) = 0;

  virtual ReadResult read(HostFile file) = 0;

  /// With `kept` the file may be left open for the next time, as far as the budget goes.
  virtual ReadResult read(PidFile file, TaskPath task, KeptFiles* kept) = 0;

  /// Closes what was kept of a process.
  virtual void release(KeptFiles& kept) = 0;

  /// A thread of `pid` other than its leader: what still runs when the leader is a zombie.
  virtual ReadStatus find_other_thread(pid_t pid, pid_t& tid) = 0;

  /// The threads of `pid`, in no particular order, into `tids`, which is cleared first. It may pass
  /// over one while others of the same process end (fs/proc/base.c proc_task_readdir()).
  virtual ReadStatus list_threads(pid_t pid, std::vector<pid_t>& tids) = 0;

  /// The number of open descriptors.
  virtual ReadStatus count_fds(TaskPath task, std::uint64_t& count) = 0;

  /// The pid that the mount gives to the caller. Another one than getpid(), or none: the mount
  /// belongs to another pid namespace.
  virtual ReadStatus self(pid_t& pid) = 0;
};

}  // namespace proctally::procfs
