#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/common/log.h"

namespace proctally::plugins {

/// "error", "warning", "info" or "debug".
[[nodiscard]] std::optional<LogLevel> log_level_of(std::string_view name);

/// What a line begins with, for who reads it.
enum class LogStyle : std::uint8_t {
  telegraf,  ///< "E! ", and W! I! D!: Telegraf makes a level of it.
  journal,   ///< "<3>", and 4, 6, 7: so does systemd's journal (sd-daemon(3)).
};

/// That of who reads `fd`: the journal where `journal_stream`, the environment's JOURNAL_STREAM, is
/// its device and inode (systemd.exec(5)); null where it is not set.
[[nodiscard]] LogStyle log_style_of(int fd, const char* journal_stream);

/// The log of a program: lines on stderr, each marked with its level. One write(2) a line, at most
/// kMaxLineBytes: Telegraf's reader of stderr dies of a line over 64 KiB (telegraf.md 1.6).
/// Whatever is no printable text is escaped. A line that stderr does not take is dropped: nothing
/// waits for it.
class StreamLog final : public Log {
 public:
  static constexpr std::size_t kMaxLineBytes = 2048;

  StreamLog(int fd, LogLevel level, LogStyle style = LogStyle::telegraf)
      : fd_(fd), level_(level), style_(style) {}
  void set_level(LogLevel level) { level_ = level; }

 private:
  void write(LogLevel level, std::string_view text) const override;

  int fd_;
  LogLevel level_;
  LogStyle style_;
};

/// The line that StreamLog writes.
[[nodiscard]] std::string format_log_line(LogLevel level, std::string_view text,
                                          LogStyle style = LogStyle::telegraf);

}  // namespace proctally::plugins
