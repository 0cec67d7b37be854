#include "plugins/common/scanner.h"

#include <fmt/format.h>

#include <ctime>

#include "core/settings_file.h"
#include "plugins/common/privileges.h"

namespace proctally::plugins {

const Snapshot& Scanner::scan(std::optional<std::uint64_t> ticks_skipped,
                              std::optional<std::uint64_t> batches_dropped) {
  const auto wall_before = read_clock(CLOCK_MONOTONIC);
  const auto cpu_before = read_clock(CLOCK_THREAD_CPUTIME_ID);
  collector_.collect(read_clocks());
  const auto& snapshot = collector_.record(
      {.scan_ns = static_cast<std::uint64_t>(read_clock(CLOCK_MONOTONIC) - wall_before),
       .scan_cpu_ns = static_cast<std::uint64_t>(read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu_before),
       .ticks_skipped = ticks_skipped,
       .batches_dropped = batches_dropped});
  report(snapshot);
  return snapshot;
}

void Scanner::report(const Snapshot& snapshot) {
  if (!told_privileges_) {
    told_privileges_ = true;
    const Missing missing{.processes = may_read_all_processes() ? 0 : collector_.processes_denied(),
                          .exits = lacks_net_admin_};
    if (missing.processes > 0 || missing.exits) log_.warning(advise_on_privileges(missing));
  }
  if (!told_folded_ && !snapshot.self[SelfMetric::processes_folded].is_absent() &&
      snapshot.self[SelfMetric::processes_folded].as_integer() > 0) {
    told_folded_ = true;
    log_.warning(
        "max_groups is reached: further groups go into _other. Raise max_groups, or name fewer "
        "groups in process_names");
  }
  const auto stuck = snapshot.self[SelfMetric::slow_readers_stuck].as_integer();
  if (stuck > told_stuck_) {
    log_.warning(fmt::format(
        "{} thread(s) hang in the kernel reading a command line, as they do when a process waits "
        "for a dead file server; its group comes from its comm alone. Scans go on",
        stuck));
  }
  told_stuck_ = stuck;
}

Settings load(const std::optional<std::string>& config, const Log& log) {
  auto settings = config ? load_settings(*config) : parse_settings("{}", "defaults");
  for (const auto& warning : settings.warnings) log.warning(warning);
  return settings;
}

}  // namespace proctally::plugins
