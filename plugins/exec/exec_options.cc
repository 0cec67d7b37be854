#include "plugins/exec/exec_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "plugins/common/settings_loader.h"

namespace proctally::plugins {
namespace {

OptionTable make_table(const std::vector<std::string>& formats) {
  const auto formats_text = fmt::format("{}", fmt::join(formats, ", "));
  auto table = make_option_table("Options");
  table.add_options()                                                      //
      ("interval", one_text("TIME"),                                       //
       "time between two scans: 10s (the default), 500ms, 1m30s")          //
      ("format", one_text("NAME"),                                         //
       fmt::format("{}; the first is the default", formats_text).c_str())  //
      ("output", one_text("FILE"),                                         //
       "each scan replaces FILE at once, instead of going to stdout")      //
      ("listen", one_text("ADDRESS"),                                      //
       "serve Prometheus at http://ADDRESS/metrics: 127.0.0.1:9256, [::1]:9256, :9256 (every "
       "address) or 9256 (127.0.0.1); a scrape is a scan, --interval (1s then) after the last one "
       "at the earliest")          //
      ("state", one_text("FILE"),  //
       "keep the accounts in FILE after each scan, and go on with them after a restart; best in "
       "/run")  //
      ("once",
       "scan once, print, end; counters are then the lifetime totals of the processes that live; "
       "with --interval, and for a table, a second scan gives the percentages");
  add_common_options(table);
  return table;
}

// The Go shim's names for the same things (telegraf.md 1.9).
OptionTable make_shim_table() {
  auto table = make_option_table("");
  table.add_options()("poll_interval", one_text("TIME"))("poll_interval_disabled", "");
  return table;
}

// process-exporter's names.
constexpr const char* kListenAlias = "web.listen-address";
constexpr const char* kPathAlias = "web.telemetry-path";

OptionTable make_exporter_table() {
  auto table = make_option_table("");
  add_exporter_flags(table);
  table.add_options()(kListenAlias, one_text("ADDRESS"))(kPathAlias, one_text("PATH"));
  return table;
}

// process-exporter's names for what are options here.
void read_renamed_flags(const GivenOptions& given, ExecOptions& options) {
  constexpr TimeRange kDelays{
      .least_ns = 0, .most_ns = 86'400'000'000'000, .allowed = "a time up to 24h, such as 1s"};
  refuse_two_of(given, {"config", "config.path"});
  refuse_two_of(given, {"log-level", "debug"});
  if (auto file = given.name("config.path", "a file")) options.config = std::move(file);
  if (given.flag("debug").value_or(false)) options.log_level = LogLevel::debug;
  const auto text = given.text("once-to-stdout-delay");
  if (!text) return;
  const auto delay_ns = parse_time("once-to-stdout-delay", *text, kDelays);
  if (delay_ns == 0) return;
  refuse_two_of(given, {"interval", "once-to-stdout-delay"});
  refuse_two_of(given, {"check", "explain", "once", "once-to-stdout-delay"});
  if (options.action == Action::run) options.action = Action::once;
  options.interval_ns = delay_ns;
  options.interval_given = true;
  options.once_baseline = Baseline::start;
}

std::string parse_metrics_path(const std::string& text) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~/-";
  if (text.starts_with('/') && text.find_first_not_of(kAllowed) == std::string::npos) return text;
  throw UsageError(fmt::format(
      "--{}: is \"{}\", must be a path of letters, digits and ._~/- that begins with /, such as "
      "/metrics",
      kPathAlias, text));
}

/// Whether flags of process-exporter are given, which would listen without being told to.
bool is_call_of_exporter(const GivenOptions& given) {
  const auto flags = make_exporter_table();
  return std::ranges::any_of(
      flags.options(), [&given](const auto& flag) { return given.has(flag->long_name().c_str()); });
}

/// Where the scans go, if not to stdout at each tick.
void read_targets(const GivenOptions& given, ExecOptions& options) {
  for (const auto* target : {"output", "listen", kListenAlias}) {
    for (const auto* other : {"once", "poll_interval_disabled"}) {
      refuse_two_of(given, {other, target});
    }
  }
  refuse_two_of(given, {"listen", kListenAlias, "output"});
  refuse_two_of(given, {"once-to-stdout-delay", "output"});
  options.output = given.name("output", "a file");
  for (const auto* option : {"listen", kListenAlias}) {
    if (const auto text = given.text(option)) options.listen = parse_listen_address(option, *text);
  }
  const auto path = given.text(kPathAlias);
  if (path) options.metrics_path = parse_metrics_path(*path);
  if (path && !options.listen) {
    throw UsageError(fmt::format("--{}: is of use with --listen only; give that too", kPathAlias));
  }
}

/// Each would destroy what the other wrote.
void refuse_one_file_for_two(const ExecOptions& options) {
  struct Use {
    const char* option;
    const std::optional<std::string>* file;
  };
  const std::array<Use, 3> uses = {
      {{"config", &options.config}, {"output", &options.output}, {"state", &options.state}}};
  for (std::size_t i = 0; i < uses.size(); ++i) {
    for (std::size_t j = i + 1; j < uses.size(); ++j) {
      if (!*uses[i].file || !*uses[j].file) continue;
      std::error_code ignored;
      if (std::filesystem::weakly_canonical(**uses[i].file, ignored) !=
          std::filesystem::weakly_canonical(**uses[j].file, ignored)) {
        continue;
      }
      throw UsageError(fmt::format("--{} and --{}: are one file, \"{}\"; give each its own",
                                   uses[i].option, uses[j].option, **uses[j].file));
    }
  }
}

std::string read_format(const GivenOptions& given, const ExecOptions& options,
                        const std::vector<std::string>& formats) {
  const std::string scraped = "prometheus";
  const bool is_delayed = options.action == Action::once && given.has("once-to-stdout-delay");
  const bool is_theirs = options.listen || is_delayed;
  const auto format = given.text("format").value_or(is_theirs ? scraped : formats.front());
  if (options.listen) {
    if (format == scraped) return format;
    throw UsageError(fmt::format("--format: is \"{}\", must be {} with --listen", format, scraped));
  }
  if (std::find(formats.begin(), formats.end(), format) != formats.end()) return format;
  throw UsageError(
      fmt::format("--format: is \"{}\", must be one of: {}", format, fmt::join(formats, ", ")));
}

}  // namespace

ExecOptions parse_exec_options(const std::vector<std::string>& arguments,
                               const std::vector<std::string>& formats, const char* host_proc) {
  constexpr TimeRange kIntervals{.least_ns = 100'000'000,
                                 .most_ns = 86'400'000'000'000,
                                 .allowed = "a time from 100ms to 24h, such as 10s"};
  constexpr std::int64_t kScrapeIntervalNs = 1'000'000'000;
  const GivenOptions given(arguments, make_option_table("")
                                          .add(make_table(formats))
                                          .add(make_shim_table())
                                          .add(make_exporter_table()));
  refuse_two_of(given, {"check", "explain", "once"});
  for (const auto* single : {"check", "explain", "once", "once-to-stdout-delay"}) {
    refuse_two_of(given, {single, "state"});
  }
  ExecOptions options;
  static_cast<Options&>(options) = read_common_options(given, host_proc);
  read_targets(given, options);
  // A scrape comes when its server wants one.
  if (options.listen) options.interval_ns = kScrapeIntervalNs;
  for (const auto* option : {"interval", "poll_interval"}) {
    const auto text = given.text(option);
    if (!text) continue;
    options.interval_ns = parse_time(option, *text, kIntervals);
    options.interval_given = true;
  }
  options.state = given.name("state", "a file");
  options.has_timer = !given.has("poll_interval_disabled");
  read_renamed_flags(given, options);
  options.flags = read_exporter_flags(given);
  options.format = read_format(given, options, formats);
  refuse_one_file_for_two(options);
  options.expects_listener = is_call_of_exporter(given) && !options.listen && !options.output;
  return options;
}

Settings load_settings_of(const ExecOptions& options, const Log& log) {
  return load(options.config, options.format, log,
              [&options](nlohmann::json& raw) { apply_flags(options.flags, raw); });
}

std::string describe_exec_options(const std::vector<std::string>& formats) {
  return describe(make_table(formats)) + std::string(describe_exporter_flags());
}

}  // namespace proctally::plugins
