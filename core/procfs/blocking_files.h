#pragma once

#include <sys/types.h>

#include <mutex>
#include <string>
#include <unordered_map>

#include "core/procfs/exe_id.h"
#include "core/procfs/pid_cmdline.h"
#include "core/procfs/pid_smaps_rollup.h"
#include "core/read_status.h"
#include "core/unique_fd.h"

namespace proctally::procfs {

/// The files whose reading takes the target's mmap_lock (fs/proc/base.c get_mm_cmdline(),
/// proc_exe_link(), task_mmu.c show_smaps_rollup()): a target stuck in a page fault on a dead file
/// server holds the reader in the kernel, beyond any signal. So nothing on the scan path calls
/// this, only slow readers do, each on a thread that can be given up. Safe to call from several
/// threads at once.
class BlockingFiles {
 public:
  BlockingFiles() = default;
  BlockingFiles(const BlockingFiles&) = delete;
  BlockingFiles& operator=(const BlockingFiles&) = delete;
  virtual ~BlockingFiles() = default;

  /// The first mebibyte of it, as process-exporter.
  virtual ReadStatus cmdline(pid_t pid, PidCmdline& cmdline) = 0;
  /// The target of /proc/PID/exe, which is " (deleted)" at the end for a replaced program.
  virtual ReadStatus exe(pid_t pid, std::string& path) = 0;
  /// Which file that is. What the kernel remembers: no file server is asked.
  virtual ReadStatus exe_id(pid_t pid, ExeId& id) = 0;
  /// The name of a user, or its number where it has none. Name services may ask the network, so
  /// each answer is remembered.
  virtual std::string user_name(uid_t uid) = 0;
  /// Holds the target up while its page tables are walked, so it is read within limits (see
  /// accounting::PssSampler). Vanished also of what has no memory, and where the kernel lacks it.
  virtual ReadStatus smaps_rollup(pid_t pid, PidSmapsRollup& rollup) = 0;
};

class FileBlockingFiles final : public BlockingFiles {
 public:
  /// Throws std::system_error where `root` cannot be opened as a directory.
  explicit FileBlockingFiles(const std::string& root);

  ReadStatus cmdline(pid_t pid, PidCmdline& cmdline) override;
  ReadStatus exe(pid_t pid, std::string& path) override;
  ReadStatus exe_id(pid_t pid, ExeId& id) override;
  std::string user_name(uid_t uid) override;
  ReadStatus smaps_rollup(pid_t pid, PidSmapsRollup& rollup) override;

 private:
  UniqueFd root_;
  std::mutex mutex_;
  std::unordered_map<uid_t, std::string> user_names_;  ///< Guarded by mutex_.
};

}  // namespace proctally::procfs
