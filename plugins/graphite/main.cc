#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "formats/graphite_host.h"
#include "plugins/common/exit_code.h"
#include "plugins/common/explain.h"
#include "plugins/common/formatter.h"
#include "plugins/common/host.h"
#include "plugins/common/host_name.h"
#include "plugins/common/scanner.h"
#include "plugins/common/settings_loader.h"
#include "plugins/common/standard_streams.h"
#include "plugins/common/stream_log.h"
#include "plugins/graphite/graphite_options.h"
#include "plugins/graphite/own_metrics.h"
#include "plugins/graphite/pusher.h"
#include "plugins/graphite/schema.h"
#include "plugins/graphite/spool_backlog.h"

namespace proctally::plugins::graphite {
namespace {

constexpr std::string_view kIntroduction =
    R"(proctally-graphite: pushes the accounts of this host's processes, group by group, to carbon,
carbon-c-relay, go-carbon or VictoriaMetrics, as lines of Graphite's plaintext protocol.

  proctally-graphite --dry-run --once                     look at the lines
  proctally-graphite --print-schema                       what carbon has to be told first
  proctally-graphite --to tcp://carbon.example:2003       push every 10 seconds
  proctally-graphite --to tls://relay.example:2003 --confirm --spool /var/lib/proctally-graphite
                                                          and lose nothing on the way

Scans go on while a destination is away. SIGTERM and Ctrl-C end it, after what waits was sent; SIGHUP
reads the settings and certificates again; SIGUSR1 logs the counters.
)";

/// Throws formats::GraphiteNameError where this host's name is of no use.
formats::GraphiteNames make_names(const GraphiteOptions& options) {
  const auto mode = formats::host_mode_of(options.host);
  std::string name = options.host;
  if (mode == formats::HostMode::automatic) name = host_name();
  if (mode == formats::HostMode::fqdn || mode == formats::HostMode::reversed) {
    name = full_host_name();
    if (name.empty()) {
      throw formats::GraphiteNameError(
          fmt::format("the resolver knows no full name of \"{}\"", host_name()));
    }
  }
  const auto host = formats::host_node(mode, name);
  return options.path ? formats::GraphiteNames::paths(*options.path, options.prefix, host)
                      : formats::GraphiteNames::tags(options.prefix, host);
}

std::string schema_text(const GraphiteOptions& options) {
  const SchemaRequest request{.path = options.path,
                              .prefix = options.prefix,
                              .interval = options.interval,
                              .own_metrics = kOwnMetrics};
  return storage_schemas(request) + "\n" + storage_aggregation(request);
}

ExitCode push(const GraphiteOptions& options, Settings settings, const Log& log) {
  Host host(options.procfs, FileLimit::raised);
  log.debug(host.describe_routes());
  if (options.action == Action::once) settings.baseline = Baseline::lifetime;
  Scanner scanner(host, settings, log);
  if (options.action == Action::explain) {
    print(explain_groups(host, scanner));
    return exit_ok;
  }
  boost::asio::io_context context;
  Pusher pusher(
      options, {.context = context,
                .scanner = scanner,
                .log = log,
                .names = make_names(options),
                .format = options.format == "graphite" ? Formatter()
                                                       : make_formatter(options.format, settings)});
  if (options.action == Action::once) return pusher.push_once() ? exit_ok : exit_fatal;
  pusher.run();
  return exit_ok;
}

ExitCode perform(const GraphiteOptions& options, const Log& log) {
  try {
    auto settings = load(options.config, options.format, log);
    if (options.action == Action::check) {
      (void)make_names(options);
      if (options.has(Protocol::tls)) (void)make_tls_context(options.tls);
      print(settings.effective + "\n");
      return exit_ok;
    }
    if (options.print_schema) {
      print(schema_text(options));
      return exit_ok;
    }
    return push(options, std::move(settings), log);
  } catch (const SettingsError& error) {
    for (const auto& problem : error.problems()) log.error(problem);
  } catch (const HostError& error) {
    log.error(fmt::format("--procfs: {}", error.what()));
  } catch (const formats::GraphiteNameError& error) {
    log.error(fmt::format("--host {}: {}; --host NAME gives it one", options.host, error.what()));
  } catch (const TlsFileError& error) {
    log.error(error.what());
  } catch (const SpoolError& error) {
    log.error(fmt::format("--spool: {}", error.what()));
  }
  return exit_config;
}

ExitCode run(const std::vector<std::string>& arguments, StreamLog& log) {
  auto formats = format_names();
  std::stable_partition(formats.begin(), formats.end(),
                        [](const auto& name) { return name == "graphite"; });
  GraphiteOptions options;
  try {
    options = parse_graphite_options(arguments, formats,
                                     std::getenv("HOST_PROC"));  // NOLINT(concurrency-mt-unsafe)
  } catch (const UsageError& error) {
    log.error(error.what());
    return exit_usage;
  }
  log.set_level(options.log_level);
  // A dry run ends with who reads it; a push must not end with who reads its log.
  if (!options.dry_run) (void)::signal(SIGPIPE, SIG_IGN);
  if (options.action == Action::help) {
    print(std::string(kIntroduction) + describe_graphite_options(formats));
    return exit_ok;
  }
  if (options.action == Action::version) {
    print("proctally-graphite " PROCTALLY_VERSION "\n");
    return exit_ok;
  }
  return perform(options, log);
}

}  // namespace
}  // namespace proctally::plugins::graphite

int main(int argc, char** argv) {
  using namespace proctally::plugins;  // NOLINT(google-build-using-namespace)
  open_standard_streams();
  StreamLog log(STDERR_FILENO, LogLevel::info,
                log_style_of(STDERR_FILENO,
                             std::getenv("JOURNAL_STREAM")));  // NOLINT(concurrency-mt-unsafe)
  int code = exit_fatal;
  try {
    code = graphite::run({argv + 1, argv + argc}, log);
  } catch (const std::exception& error) {
    log.error(error.what());
  }
  // Neither a slow reader that hangs in the kernel nor a lookup of a name is waited for.
  std::_Exit(code);
}
