#include "plugins/common/scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "core/state_archive.h"
#include "plugins/common/privileges.h"

namespace proctally::plugins {
namespace {

Collector make_collector(const Settings& settings, const Sources& sources, StateStore* state) {
  const auto saved = state == nullptr ? std::nullopt : state->load();
  try {
    if (saved) return {settings, sources, *saved, read_clocks()};
  } catch (const StateError& error) {
    state->refuse(error.what());
  }
  return {settings, sources};
}

}  // namespace

Scanner::Scanner(Host& host, const Settings& settings, const Log& log, StateStore* state)
    : log_(log),
      lacks_net_admin_(host.lacks_net_admin()),
      state_(state),
      collector_(make_collector(settings, host.sources(), state)) {}

const Snapshot& Scanner::scan(std::optional<std::uint64_t> ticks_skipped,
                              std::optional<std::uint64_t> batches_dropped) {
  const auto wall_before = read_clock(CLOCK_MONOTONIC);
  const auto cpu_before = read_clock(CLOCK_THREAD_CPUTIME_ID);
  collector_.collect(read_clocks());
  if (state_ != nullptr) state_->save(collector_);
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
        "{} thread(s) hang in the kernel reading a command line or PSS, as they do on a host "
        "without CPU to spare, and when a process waits for a dead file server; without it, its "
        "group comes from its comm alone. Scans go on",
        stuck));
  }
  told_stuck_ = stuck;
}

void leave_out_threads(Settings& settings, std::string_view destination, const Log& log) {
  const auto asks = [](const naming::Rule& rule) {
    return rule.threads() != naming::ThreadDetail::none;
  };
  if (std::ranges::none_of(settings.rules, asks)) return;
  log.warning(
      fmt::format("process_names: \"threads\": {} has no place for threads, so they are not read",
                  destination));
  for (auto& rule : settings.rules) rule = rule.without_threads();
}

}  // namespace proctally::plugins
