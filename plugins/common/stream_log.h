#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/common/log.h"

namespace proctally::plugins {

/// "error", "warning", "info" or "debug".
[[nodiscard]] std::optional<LogLevel> log_level_of(std::string_view name);

/// The log of a program: lines on stderr, each "E! text" (or W! I! D!), the form that Telegraf
/// turns into a level of its own. One write(2) a line, at most kMaxLineBytes: Telegraf's reader of
/// stderr dies of a line over 64 KiB (telegraf.md 1.6). Whatever is no printable text is escaped. A
/// line that stderr does not take is dropped: nothing waits for it.
class StreamLog final : public Log {
 public:
  static constexpr std::size_t kMaxLineBytes = 2048;

  StreamLog(int fd, LogLevel level) : fd_(fd), level_(level) {}
  void set_level(LogLevel level) { level_ = level; }

 private:
  void write(LogLevel level, std::string_view text) const override;

  int fd_;
  LogLevel level_;
};

/// The line that StreamLog writes.
[[nodiscard]] std::string format_log_line(LogLevel level, std::string_view text);

}  // namespace proctally::plugins
