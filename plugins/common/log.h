#pragma once

#include <cstdint>
#include <string_view>

namespace proctally::plugins {

enum class LogLevel : std::uint8_t { error, warning, info, debug };

/// Where lines for people go. Each front end has its own.
class Log {
 public:
  Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  virtual ~Log() = default;

  void log(LogLevel level, std::string_view text) const { write(level, text); }
  void error(std::string_view text) const { write(LogLevel::error, text); }
  void warning(std::string_view text) const { write(LogLevel::warning, text); }
  void info(std::string_view text) const { write(LogLevel::info, text); }
  void debug(std::string_view text) const { write(LogLevel::debug, text); }

 private:
  /// One line; `text` may hold any bytes.
  virtual void write(LogLevel level, std::string_view text) const = 0;
};

}  // namespace proctally::plugins
