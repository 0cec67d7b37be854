#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "plugins/common/log.h"

namespace proctally::plugins {

/// What a call of the program is for.
enum class Action : std::uint8_t { run, once, check, explain, help, version };

/// The command line, valid.
struct Options {
  Action action = Action::run;
  std::optional<std::string> config;  ///< None: the default settings.
  std::string procfs = "/proc";
  std::int64_t interval_ns = 10'000'000'000;
  bool interval_given = false;
  bool has_timer = true;  ///< False with -poll_interval_disabled: only ticks from outside count.
  std::string format;     ///< A format that the caller allowed.
  LogLevel log_level = LogLevel::info;
};

/// The command line is wrong: what() says which part, what is wrong and what is allowed.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Parses `arguments`, without the program's own name. `formats` are the names --format takes, the
/// first of which is the default; `host_proc` is the environment's HOST_PROC, null where it is not
/// set. Takes the options of Telegraf's Go shim too, with one dash as with two. Throws UsageError.
[[nodiscard]] Options parse_options(const std::vector<std::string>& arguments,
                                    const std::vector<std::string>& formats, const char* host_proc);

/// The text of --help behind the front end's own introduction: each option and what it does.
[[nodiscard]] std::string describe_options(const std::vector<std::string>& formats);

}  // namespace proctally::plugins
