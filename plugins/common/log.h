#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace proctally::plugins {

enum class LogLevel : std::uint8_t { error, warning, info, debug };

/// "error", "warning", "info" or "debug".
[[nodiscard]] std::optional<LogLevel> log_level_of(std::string_view name);

/// Lines for people on stderr, each "E! text" (or W! I! D!), the form that Telegraf turns into a
/// level of its own. One write(2) a line, at most kMaxLineBytes: Telegraf's reader of stderr dies
/// of a line over 64 KiB (telegraf.md 1.6). Whatever is no printable text is escaped. A line that
/// stderr does not take is dropped: nothing waits for it.
class Log {
 public:
  static constexpr std::size_t kMaxLineBytes = 2048;

  explicit Log(int fd, LogLevel level) : fd_(fd), level_(level) {}
  void set_level(LogLevel level) { level_ = level; }

  void error(std::string_view text) const { write(LogLevel::error, text); }
  void warning(std::string_view text) const { write(LogLevel::warning, text); }
  void info(std::string_view text) const { write(LogLevel::info, text); }
  void debug(std::string_view text) const { write(LogLevel::debug, text); }

 private:
  void write(LogLevel level, std::string_view text) const;

  int fd_;
  LogLevel level_;
};

/// The line that Log writes.
[[nodiscard]] std::string format_log_line(LogLevel level, std::string_view text);

}  // namespace proctally::plugins
