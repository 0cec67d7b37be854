#pragma once

namespace proctally::plugins {

/// What the binaries exit with; the numbers above 1 are those of sysexits.h.
enum ExitCode : int {
  exit_ok = 0,
  exit_fatal = 1,
  exit_usage = 64,   ///< EX_USAGE: the command line is wrong.
  exit_config = 78,  ///< EX_CONFIG: the settings, or what they name, are wrong.
};

}  // namespace proctally::plugins
