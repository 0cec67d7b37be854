#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <thread>

#include "plugins/common/exit_code.h"
#include "plugins/common/explain.h"
#include "plugins/common/formatter.h"
#include "plugins/common/host.h"
#include "plugins/common/host_identity.h"
#include "plugins/common/scanner.h"
#include "plugins/common/standard_streams.h"
#include "plugins/common/state_file.h"
#include "plugins/common/stream_log.h"
#include "plugins/exec/event_loop.h"
#include "plugins/exec/exec_options.h"
#include "plugins/exec/file_loop.h"
#include "plugins/exec/listen_loop.h"
#include "plugins/exec/signals.h"

namespace proctally::plugins {
namespace {

constexpr std::string_view kIntroduction =
    R"(proctally-exec: the accounts of this host's processes, group by group, as Influx line protocol.

For Telegraf:                       To look at it yourself:
  [[inputs.execd]]                    proctally-exec --once --format table
    command = ["proctally-exec"]      proctally-exec --explain
    signal = "STDIN"                  proctally-exec --check --config proctally.json
    data_format = "influx"

It scans at each newline on stdin, and on its own timer until the first one comes. End of file on
stdin, SIGTERM and Ctrl-C end it; SIGHUP reads the settings again.

For Prometheus, in place of process-exporter, or as a file for node_exporter's textfile collector:
  proctally-exec --listen 127.0.0.1:9256
  proctally-exec --format prometheus --output /var/lib/prometheus/node-exporter/proctally.prom
Neither reads stdin.

)";

// PSS is read between scans, of a few processes at a time. What is not there by then is absent.
const Snapshot* wait_for_pss(const Snapshot* snapshot, Scanner& scanner) {
  constexpr std::chrono::milliseconds kPause{5};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (scanner.collector().awaited_pss() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
    snapshot = &scanner.scan(0, 0);
  }
  return snapshot;
}

void print_once(const ExecOptions& options, const Settings& settings, Scanner& scanner) {
  constexpr std::chrono::nanoseconds kTableInterval{1'000'000'000};
  const auto* snapshot = wait_for_pss(&scanner.scan(0, 0), scanner);
  // Percentages need two scans. A person waits a second for them; a script says how long.
  if (options.interval_given || options.format == "table") {
    std::this_thread::sleep_for(
        options.interval_given ? std::chrono::nanoseconds(options.interval_ns) : kTableInterval);
    snapshot = &scanner.scan(0, 0);
  }
  std::string batch;
  make_formatter(options.format, settings)(*snapshot, batch);
  print(batch);
}

// Null without --state.
std::unique_ptr<StateFile> open_state(const ExecOptions& options, const Log& log) {
  if (!options.state) return nullptr;
  auto owner = identify_host(options.procfs);
  if (!owner) {
    throw StateFileError(
        fmt::format("{}: is of no use here: the kernel tells no boot id", *options.state));
  }
  return std::make_unique<StateFile>(*options.state, *std::move(owner), log);
}

void perform(const ExecOptions& options, Settings settings, const Log& log) {
  Host host(options.procfs, FileLimit::raised);
  log.debug(host.describe_routes());
  if (options.action == Action::once) settings.baseline = options.once_baseline;
  const auto state = open_state(options, log);
  Scanner scanner(host, settings, log, state.get());
  if (options.action == Action::once) {
    print_once(options, settings, scanner);
  } else if (options.action == Action::explain) {
    print(explain_groups(host, scanner));
  } else if (options.listen) {
    ListenLoop(options, settings, scanner, log).run();
  } else if (options.output) {
    FileLoop(options, settings, scanner, log).run();
  } else {
    if (options.expects_listener) {
      log.warning(
          "process-exporter would listen on :9256 now; this writes to stdout. Give it "
          "--listen 127.0.0.1:9256, or --listen :9256 for all addresses");
    }
    EventLoop(options, settings, scanner, log).run();
  }
}

int run(const std::vector<std::string>& arguments, StreamLog& log) {
  ExecOptions options;
  try {
    options = parse_exec_options(arguments, format_names(),
                                 std::getenv("HOST_PROC"));  // NOLINT(concurrency-mt-unsafe)
  } catch (const UsageError& error) {
    log.error(error.what());
    return exit_usage;
  }
  log.set_level(options.log_level);
  if (options.action != Action::run) give_back_signals();
  if (options.action == Action::help) {
    print(std::string(kIntroduction) + describe_exec_options(format_names()));
    return exit_ok;
  }
  if (options.action == Action::version) {
    print("proctally-exec " PROCTALLY_VERSION "\n");
    return exit_ok;
  }
  try {
    auto settings = load_settings_of(options, log);
    if (options.action == Action::check) {
      print(settings.effective + "\n");
    } else {
      perform(options, std::move(settings), log);
    }
    return exit_ok;
  } catch (const SettingsError& error) {
    for (const auto& problem : error.problems()) log.error(problem);
    return exit_config;
  } catch (const HostError& error) {
    log.error(fmt::format("--procfs: {}", error.what()));
    return exit_config;
  } catch (const OutputError& error) {
    log.error(error.what());
    return exit_config;
  } catch (const StateFileError& error) {
    log.error(fmt::format("--state: {}", error.what()));
    return exit_config;
  }
}

}  // namespace
}  // namespace proctally::plugins

int main(int argc, char** argv) {
  using namespace proctally::plugins;  // NOLINT(google-build-using-namespace)
  take_over_signals();
  open_standard_streams();
  StreamLog log(STDERR_FILENO, LogLevel::info);
  int code = exit_fatal;
  try {
    code = run({argv + 1, argv + argc}, log);
  } catch (const std::exception& error) {
    log.error(error.what());
  }
  // Telegraf's readers lose a race against the end of the process otherwise (telegraf.md 1.7); and
  // a slow reader that hangs in the kernel must not be waited for.
  ::close(STDOUT_FILENO);
  ::close(STDERR_FILENO);
  constexpr std::chrono::milliseconds kForReaders{20};
  std::this_thread::sleep_for(kForReaders);
  std::_Exit(code);
}
