#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/settings.h"
#include "plugins/common/log.h"
#include "plugins/common/options.h"
#include "plugins/exec/exporter_flags.h"
#include "plugins/exec/listen_address.h"

namespace proctally::plugins {

/// The command line of proctally-exec, valid.
struct ExecOptions : Options {
  std::int64_t interval_ns = 10'000'000'000;
  bool interval_given = false;
  bool has_timer = true;  ///< False with -poll_interval_disabled: only ticks from outside count.
  std::string format;     ///< A format that the caller allowed.
  Baseline once_baseline = Baseline::lifetime;  ///< Of a call with --once.
  ExporterFlags flags;
  bool expects_listener = false;      ///< The call is one of process-exporter, and says not where.
  std::optional<std::string> output;  ///< The file that each scan replaces.
  std::optional<ListenAddress> listen;  ///< Where scans are scraped.
  std::string metrics_path = "/metrics";
  std::optional<std::string> state;  ///< The file in which the accounts survive a restart.
};

/// Parses `arguments`, without the program's own name. `formats` are the names --format takes, the
/// first of which is the default; `host_proc` is the environment's HOST_PROC, null where it is not
/// set. Takes the options of Telegraf's Go shim too, and process-exporter's. Throws UsageError.
[[nodiscard]] ExecOptions parse_exec_options(const std::vector<std::string>& arguments,
                                             const std::vector<std::string>& formats,
                                             const char* host_proc);

/// The settings of --config, or the defaults, as these options change them: at the start, and each
/// time that they are read again. Throws SettingsError; logs the warnings.
[[nodiscard]] Settings load_settings_of(const ExecOptions& options, const Log& log);

/// The text of --help behind the introduction: each option and what it does.
[[nodiscard]] std::string describe_exec_options(const std::vector<std::string>& formats);

}  // namespace proctally::plugins
