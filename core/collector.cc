#include "core/collector.h"

#include <algorithm>
#include <cstdlib>

#include "core/accounting/snapshot_builder.h"
#include "core/accounting/thread_rows.h"
#include "core/fingerprint.h"

namespace proctally {
namespace {

using accounting::GroupSource;
using accounting::kNoGroup;
using accounting::NamingState;
using accounting::PollResult;
using accounting::Process;
using accounting::Refresh;

// What may change while a process sleeps is read again within so many scans.
constexpr std::size_t kScansToRefreshAll = 32;
constexpr std::size_t kLeastRefreshes = 16;
// What hardly ever changes later is read whenever a process is that is younger.
constexpr std::uint64_t kYoungNs = 60'000'000'000;
// A new process that cannot be read is tried so often before it waits for the next listing.
constexpr unsigned kFirstSightTries = 3;
// Start times would tremble with each correction of the wall clock.
constexpr std::int64_t kClockStepNs = 1'000'000'000;

// Not one that waits already: it would wait for ever.
void name_again(Process& process) {
  if (process.naming != NamingState::named) return;
  process.naming = NamingState::due;
  process.is_recheck = true;
  process.ran_since_named = false;
}

}  // namespace

Collector::Collector(const Settings& settings, const Sources& sources)
    : sources_(sources),
      namer_(settings.rules),
      births_(sources.procfs, sources.kernel, sources.routes.births),
      sampler_(sources.procfs, sources.kernel, sources.routes, sources.units, stats_),
      assigner_(sources.procfs, sources.slow_reader, table_, accounts_, stats_,
                sources.exits != nullptr),
      books_(accounts_),
      deaths_(table_, sampler_, sources.exits),
      switches_(table_, sources.switches),
      pss_(table_, sources.pss_reader, stats_),
      settlement_(table_, deaths_, sampler_, assigner_, accounts_, books_),
      top_(accounts_),
      threads_(sources.procfs, accounts_, sources.units.ns_per_tick, stats_) {
  configure(settings);
}

void Collector::configure(const Settings& settings) {
  settings_hash_ = fingerprint_number(settings.effective);
  families_ = settings.collect;
  baseline_ = settings.baseline;
  sampler_.set_families(settings.collect);
  threads_.set_families(settings.collect, sources_.routes.has_io);
  recheck_for_ns_ = static_cast<std::uint64_t>(settings.recheck_for_ns);
  pss_.set_limits({.budget_ns = settings.pss_budget_ns, .deadline_ns = settings.pss_deadline_ns});
  top_.set_limit(settings.top);
  accounts_.set_limits(settings.max_groups, settings.group_ttl_ns,
                       settings.remove_empty_groups ? accounting::EmptyGroups::hidden
                                                    : accounting::EmptyGroups::published);
  accounts_.configure(namer_.configured_labels());
  assigner_.use(namer_, settings.children ? accounting::Inheritance::from_parent
                                          : accounting::Inheritance::none);
}

void Collector::reconfigure(const Settings& settings) {
  namer_ = naming::Namer(settings.rules);
  configure(settings);
  for (auto& process : table_) {
    process.naming = NamingState::due;
    process.source = GroupSource::none;
    process.is_recheck = false;
    process.clock_ns = accounting::kNoClock;  // Families that were off are read of idle ones too.
  }
}

const Snapshot& Collector::collect(const TimePoint& now) {
  stats_.idle = 0;
  stats_.read = 0;
  note_clock_offset(now);
  host_ = accounting::sample_host(sources_.procfs, sources_.units.ns_per_tick, stats_);
  sampler_.set_host_has_swapped(host_.may_have_swapped);
  accounts_.begin_scan(now.monotonic_ns);
  books_.begin_scan(previous_ ? std::optional(previous_->monotonic_ns) : std::nullopt,
                    now.monotonic_ns);

  const auto list_status = births_.find(table_.size(), candidates_);
  stats_.count(list_status);
  if (list_status != ReadStatus::ok) ++stats_.unlisted;
  poll_known(now);
  see_new(now);
  if (previous_) {
    deaths_.run();
  } else {
    deaths_.forget();
  }
  if (has(families_, Family::context_switches)) switches_.run();
  // A name with a start time in it has to be the same after a restart: the clocks' difference is
  // another one each time.
  assigner_.set_clock(host_.boot_unix_ns.value_or(boot_to_unix_ns_), sources_.units.ns_per_tick);
  assigner_.run();
  if (has(families_, Family::pss)) pss_.run(now.monotonic_ns);
  if (previous_) settlement_.run(sources_.units.ns_per_tick);
  threads_.begin_scan(static_cast<std::uint64_t>(now.boot_ns) / sources_.units.ns_per_tick,
                      now.monotonic_ns);
  for (auto& process : table_) {
    threads_.sample(process);  // First: what is still pending tells how much of its life counts.
    books_.credit(process);
    if (process.group != kNoGroup) {
      add_member(accounts_.at(process.group).gauges, process);
    }
  }
  threads_.finish();
  accounts_.expire();
  top_.run(now.monotonic_ns);

  accounting::ScanContext context{.wall_ns = now.wall_ns,
                                  .monotonic_ns = now.monotonic_ns,
                                  .elapsed_ns = std::nullopt,
                                  .boot_to_unix_ns = boot_to_unix_ns_,
                                  .ns_per_tick = sources_.units.ns_per_tick,
                                  .families = families_,
                                  .has_io = sources_.routes.has_io,
                                  .has_switches = sources_.switches != nullptr,
                                  .has_pss = sources_.pss_reader != nullptr};
  if (previous_) context.elapsed_ns = now.monotonic_ns - previous_->monotonic_ns;
  build_groups(accounts_, host_, context, snapshot_);
  build_threads(accounts_, context, snapshot_);
  build_self();
  previous_ = now;
  return snapshot_;
}

void Collector::note_clock_offset(const TimePoint& now) {
  const auto offset = now.wall_ns - now.boot_ns;
  if (!previous_ || std::llabs(offset - boot_to_unix_ns_) > kClockStepNs) {
    boot_to_unix_ns_ = offset;
  }
}

void Collector::poll_known(const TimePoint& now) {
  if (!previous_) return;
  const auto budget = std::max(kLeastRefreshes, table_.size() / kScansToRefreshAll);
  if (refresh_place_ >= table_.size()) refresh_place_ = 0;
  const auto refresh_end = refresh_place_ + budget;
  const auto ns_per_tick = sources_.units.ns_per_tick;
  const auto now_boot_ns = static_cast<std::uint64_t>(now.boot_ns);
  const auto& needs = namer_.needs();

  // From the back, because the last one takes the place of one that is removed.
  for (auto place = table_.size(); place-- > 0;) {
    auto& process = table_.at(place);
    // A program may exec another of the same name, or write another title over its arguments.
    const auto start_ns = process.starttime_ticks * ns_per_tick;
    const bool is_young = start_ns + kYoungNs > now_boot_ns;
    const bool is_rechecked = start_ns + recheck_for_ns_ > now_boot_ns;
    const bool is_due = place >= refresh_place_ && place < refresh_end;
    const auto refresh = is_due ? Refresh::due : is_young ? Refresh::when_read : Refresh::not_due;
    const auto result = sampler_.poll(process, refresh, previous_->monotonic_ns);
    switch (result) {
      case PollResult::idle:
        if (is_due && (needs.cgroups || (needs.any_slow() && process.ran_since_named))) {
          name_again(process);
        }
        break;
      case PollResult::read:
        // It may have been moved, have become another program of the same name, or have written
        // another title over its arguments.
        process.ran_since_named = true;
        if ((is_due || is_rechecked) && (needs.cgroups || needs.any_slow())) name_again(process);
        break;
      case PollResult::unreadable:
        break;
      case PollResult::ended:
        // A file that vanished while the folder still has the process was only a lost race.
        if (births_.listed() && sources_.routes.cpu == kernel::CpuRoute::stat &&
            std::find(candidates_.begin(), candidates_.end(), process.pid) != candidates_.end()) {
          break;
        }
        deaths_.bury(place);
        break;
      case PollResult::replaced:
        // Who has the pid now was born after the one that was known.
        unread_.push_back({process.pid, 0, 0});
        deaths_.bury(place);
        break;
    }
  }
  refresh_place_ = refresh_end;
}

void Collector::see_new(const TimePoint& now) {
  const auto boot_ticks = [this](const TimePoint& time) {
    return static_cast<std::uint64_t>(time.boot_ns) / sources_.units.ns_per_tick;
  };
  // What an earlier scan could not read keeps its place in time. What a listing finds was born
  // after the listing before, or it would have been found then.
  to_see_.swap(unread_);
  unread_.clear();
  const auto seen_after = births_.listed() ? listed_ticks_ : boot_ticks(previous_.value_or(now));
  if (births_.listed()) listed_ticks_ = boot_ticks(now);
  for (const auto pid : candidates_) {
    if (table_.find(pid) == nullptr) to_see_.push_back({pid, seen_after, 0});
  }
  // Of two of one pid the one that was tried before, or has most of its life counted, comes first,
  // and is the only one.
  std::ranges::sort(to_see_, [](const FirstSight& a, const FirstSight& b) {
    if (a.pid != b.pid) return a.pid < b.pid;
    return a.tries != b.tries ? a.tries > b.tries : a.seen_after_ticks < b.seen_after_ticks;
  });
  // Not std::ranges::unique(): clang 14 does not take libstdc++'s subrange.
  to_see_.erase(
      std::unique(to_see_.begin(), to_see_.end(),
                  [](const FirstSight& a, const FirstSight& b) { return a.pid == b.pid; }),
      to_see_.end());
  for (const auto& candidate : to_see_) see(candidate);
  // One whose parent ended before it was seen itself has another by now.
  for (const auto& candidate : to_see_) {
    auto* process = table_.find(candidate.pid);
    if (process == nullptr || process->ppid == 0 || table_.find(process->ppid) != nullptr) continue;
    process->clock_ns = accounting::kNoClock;
  }
  to_see_.clear();
}

void Collector::see(const FirstSight& candidate) {
  Process process;
  const auto status = sampler_.first_sight(candidate.pid, process);
  if (status == ReadStatus::vanished) return;
  if (status != ReadStatus::ok) {
    if (candidate.tries < kFirstSightTries) {
      unread_.push_back({candidate.pid, candidate.seen_after_ticks, candidate.tries + 1});
    }
    return;
  }
  process.birth_pending = previous_ && process.starttime_ticks >= candidate.seen_after_ticks;
  const bool counts_history = !previous_ && baseline_ == Baseline::lifetime;
  process.pending_is_history = counts_history;
  if (!process.birth_pending) sampler_.forget_reaped(process);
  if (!process.birth_pending && !counts_history) {
    accounting::ProcessSampler::forget_history(process);
  }
  table_.add(std::move(process));
}

void Collector::build_self() {
  auto& self = snapshot_.self;
  self[SelfMetric::processes] = Value::integer(table_.size());
  self[SelfMetric::processes_idle] = Value::integer(stats_.idle);
  self[SelfMetric::processes_read] = Value::integer(stats_.read);
  self[SelfMetric::processes_unnamed] = Value::integer(assigner_.waiting());
  self[SelfMetric::groups] = Value::integer(snapshot_.groups.size());
  self[SelfMetric::processes_folded] = Value::integer(accounts_.folded());
  self[SelfMetric::vanished] = Value::integer(stats_.vanished);
  self[SelfMetric::denied] = Value::integer(stats_.denied);
  self[SelfMetric::malformed] = Value::integer(stats_.malformed);
  self[SelfMetric::scan_errors] = Value::integer(stats_.unlisted);
  const auto* pss_reader = sources_.pss_reader;
  self[SelfMetric::slow_readers_stuck] = Value::integer(
      sources_.slow_reader.stuck() + (pss_reader == nullptr ? 0 : pss_reader->stuck()));
  self[SelfMetric::pss_skipped] = has(families_, Family::pss) && pss_reader != nullptr
                                      ? Value::integer(pss_.skipped())
                                      : Value();
  if (deaths_.hears_exits()) {
    self[SelfMetric::exits_seen] = Value::integer(deaths_.exits_seen());
    self[SelfMetric::exits_lost] = Value::integer(deaths_.exits_lost());
  }
  books_.close(host_.busy_ns, self);
}

const Snapshot& Collector::record(const FrontEndStats& stats) {
  auto& self = snapshot_.self;
  self[SelfMetric::scan_seconds] = Value::seconds(stats.scan_ns);
  self[SelfMetric::scan_cpu_seconds] = Value::seconds(stats.scan_cpu_ns);
  if (stats.ticks_skipped) self[SelfMetric::ticks_skipped] = Value::integer(*stats.ticks_skipped);
  if (stats.batches_dropped) {
    self[SelfMetric::batches_dropped] = Value::integer(*stats.batches_dropped);
  }
  return snapshot_;
}

std::size_t Collector::processes_denied() const {
  return static_cast<std::size_t>(
      std::count_if(table_.begin(), table_.end(), [](const Process& process) {
        return process.io_known == accounting::Known::denied ||
               process.fds_known == accounting::Known::denied;
      }));
}

}  // namespace proctally
