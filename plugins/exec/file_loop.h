#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "core/unique_fd.h"
#include "plugins/common/log.h"
#include "plugins/common/scanner.h"
#include "plugins/exec/exec_options.h"
#include "plugins/exec/interval_timer.h"
#include "plugins/exec/scan_text.h"

namespace proctally::plugins {

/// The file of --output cannot be written where it is: what() says which, and why.
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The life of proctally-exec --output: each scan's text takes the place of the file, whole. The
/// first at once, then each --interval; SIGUSR1 and SIGUSR2 are scans between. SIGHUP reads the
/// settings again; SIGTERM and SIGINT end it after a last scan. Stdin is not read.
class FileLoop {
 public:
  /// All but the settings outlive the loop. Throws OutputError.
  FileLoop(const ExecOptions& options, const Settings& settings, Scanner& scanner, const Log& log);

  /// Returns when a signal ended it. A file that cannot be written for a while does not.
  void run();

 private:
  void tick();
  void write();

  const ExecOptions& options_;
  const Log& log_;
  ScanText text_;
  UniqueFd signals_;
  IntervalTimer timer_;
  std::string batch_;
  std::uint64_t ticks_skipped_ = 0;
  std::uint64_t batches_dropped_ = 0;  ///< That could not be written.
  bool is_failing_ = false;            ///< And the log says so.
};

}  // namespace proctally::plugins
