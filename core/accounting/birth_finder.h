#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

#include "core/kernel/kernel_calls.h"
#include "core/kernel/routes.h"
#include "core/procfs/proc_reader.h"

namespace proctally::accounting {

/// Finds the pids that may be new without listing /proc each time: as long as the kernel's pid
/// cursor stands still nothing was born, and when it moved by little only the pids it passed are
/// asked for. A birth that was half done in one scan is found in the next, because each pid is
/// asked for in two. Every kListingPeriod scans, and wherever the cursor cannot be used, the whole
/// folder is listed.
class BirthFinder {
 public:
  static constexpr unsigned kListingPeriod = 60;

  BirthFinder(procfs::ProcReader& reader, kernel::KernelCalls& kernel, kernel::BirthRoute route)
      : reader_(reader), kernel_(kernel), route_(route) {}

  /// The pids that exist now and were perhaps not there before, known ones among them, into
  /// `candidates`, which is cleared first. `known` is how many processes are known.
  ReadStatus find(std::size_t known, std::vector<pid_t>& candidates);

  /// Whether the last find() listed the folder, so that a pid that is not among the candidates
  /// does not exist.
  [[nodiscard]] bool listed() const { return listed_; }

 private:
  ReadStatus list(std::vector<pid_t>& candidates);

  procfs::ProcReader& reader_;
  kernel::KernelCalls& kernel_;
  kernel::BirthRoute route_;
  std::optional<pid_t> cursor_;         ///< In the last scan.
  std::optional<pid_t> cursor_before_;  ///< In the scan before it.
  unsigned scans_to_listing_ = 0;
  bool listed_ = false;
};

}  // namespace proctally::accounting
