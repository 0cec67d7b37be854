#pragma once

#include <cstdint>
#include <string>

#include "core/unique_fd.h"
#include "plugins/common/scanner.h"
#include "plugins/exec/batch_writer.h"
#include "plugins/exec/exec_options.h"
#include "plugins/exec/interval_timer.h"
#include "plugins/exec/scan_text.h"

namespace proctally::plugins {

/// The life of proctally-exec under Telegraf: scans at each tick and writes a batch. Ticks come
/// from its own timer until the first newline arrives on stdin; from then on only newlines count,
/// each a tick, those that wait together being one. SIGUSR1 and SIGUSR2 are ticks like newlines.
/// End of file on stdin, SIGTERM and SIGINT end it, after what was asked for is written. SIGHUP
/// reads the settings again.
class EventLoop {
 public:
  /// All but the settings outlive the loop.
  EventLoop(const ExecOptions& options, const Settings& settings, Scanner& scanner, const Log& log);

  /// Throws std::system_error where stdout cannot be written, as on a full disk.
  void run();

 private:
  void serve();
  void read_stdin();
  void read_signals();
  void read_timer();
  void tick_from_outside(std::uint64_t count);
  void tick();

  const ExecOptions& options_;
  Scanner& scanner_;
  const Log& log_;
  ScanText text_;
  BatchWriter writer_;
  UniqueFd signals_;
  IntervalTimer timer_;
  std::string batch_;
  std::uint64_t ticks_skipped_ = 0;
  std::uint64_t reported_drops_ = 0;
  bool is_slow_ = false;  ///< The reader of stdout does not keep up, and the log says so.
  bool is_ending_ = false;
};

}  // namespace proctally::plugins
