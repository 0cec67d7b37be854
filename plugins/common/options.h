#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "plugins/common/command_line.h"
#include "plugins/common/log.h"

namespace proctally::plugins {

/// What a call of a program is for.
enum class Action : std::uint8_t { run, once, check, explain, help, version };

/// What can be said to both programs, valid.
struct Options {
  Action action = Action::run;
  std::optional<std::string> config;  ///< None: the default settings.
  std::string procfs = "/proc";
  LogLevel log_level = LogLevel::info;
};

/// Adds them, in the order in which --help lists them.
void add_common_options(OptionTable& table);

/// `host_proc` is the environment's HOST_PROC, null where it is not set. Throws UsageError.
[[nodiscard]] Options read_common_options(const GivenOptions& given, const char* host_proc);

/// A time that an option was given.
struct TimeRange {
  std::int64_t least_ns = 0;
  std::int64_t most_ns = 0;
  std::int64_t step_ns = 1;
  const char* allowed = "";  ///< For people: "a time from 100ms to 24h, such as 10s".
};
/// Throws UsageError where `text` is none of the range.
[[nodiscard]] std::int64_t parse_time(const char* option, const std::string& text,
                                      const TimeRange& range);

/// Throws UsageError where two of these options were given: they are different programs.
void refuse_two_of(const GivenOptions& given, const std::vector<const char*>& options);

}  // namespace proctally::plugins
