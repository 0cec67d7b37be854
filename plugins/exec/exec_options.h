#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/common/options.h"

namespace proctally::plugins {

/// The command line of proctally-exec, valid.
struct ExecOptions : Options {
  std::int64_t interval_ns = 10'000'000'000;
  bool interval_given = false;
  bool has_timer = true;  ///< False with -poll_interval_disabled: only ticks from outside count.
  std::string format;     ///< A format that the caller allowed.
};

/// Parses `arguments`, without the program's own name. `formats` are the names --format takes, the
/// first of which is the default; `host_proc` is the environment's HOST_PROC, null where it is not
/// set. Takes the options of Telegraf's Go shim too. Throws UsageError.
[[nodiscard]] ExecOptions parse_exec_options(const std::vector<std::string>& arguments,
                                             const std::vector<std::string>& formats,
                                             const char* host_proc);

/// The text of --help behind the introduction: each option and what it does.
[[nodiscard]] std::string describe_exec_options(const std::vector<std::string>& formats);

}  // namespace proctally::plugins
