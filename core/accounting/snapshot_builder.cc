#include "core/accounting/snapshot_builder.h"

namespace proctally::accounting {
namespace {

// A clock lags by up to a tick (4 ms at 250 Hz): over a shorter time a percentage says nothing.
constexpr std::int64_t kLeastElapsedNs = 100'000'000;

void fill_cpu(const Counters& counters, const Usage& usage, const HostSample& host,
              const ScanContext& context, GroupValues& row) {
  row[Metric::cpu_time] = Value::seconds(counters.totals.cpu_ns());
  row[Metric::cpu_time_user] = Value::seconds(counters.totals.user_ns);
  row[Metric::cpu_time_system] = Value::seconds(counters.totals.system_ns);
  if (!context.elapsed_ns || *context.elapsed_ns < kLeastElapsedNs) return;
  const auto percent_per_ns = 100.0 / static_cast<double>(*context.elapsed_ns);
  const auto user = usage.user_ns * percent_per_ns;
  const auto system = usage.system_ns * percent_per_ns;
  row[Metric::cpu_usage] = Value::real(user + system);
  row[Metric::cpu_usage_user] = Value::real(user);
  row[Metric::cpu_usage_system] = Value::real(system);
  row[Metric::cpu_usage_max] = Value::real(usage.most_ns * percent_per_ns);
  if (host.online_cpus) {
    row[Metric::cpu_usage_host] = Value::real((user + system) / *host.online_cpus);
  }
}

void fill_processes(const Counters& counters, const GroupGauges& gauges, GroupValues& row) {
  row[Metric::num_procs] = Value::integer(gauges.processes);
  row[Metric::num_threads] = Value::integer(gauges.threads);
  row[Metric::started] = Value::integer(counters.started);
  row[Metric::exited] = Value::integer(counters.exited);
}

void fill_states(const GroupGauges& gauges, GroupValues& row) {
  row[Metric::procs_running] = Value::integer(gauges.running);
  row[Metric::procs_sleeping] = Value::integer(gauges.sleeping);
  row[Metric::procs_blocked] = Value::integer(gauges.blocked);
  row[Metric::procs_zombie] = Value::integer(gauges.zombie);
  row[Metric::procs_other] = Value::integer(gauges.other);
}

void fill_memory(const GroupGauges& gauges, const HostSample& host, GroupValues& row) {
  row[Metric::memory_rss] = Value::integer(gauges.rss_bytes);
  row[Metric::memory_rss_max] = Value::integer(gauges.most_rss_bytes);
  row[Metric::memory_vms] = Value::integer(gauges.vms_bytes);
  row[Metric::memory_swap] = Value::integer(gauges.swap_bytes);
  if (host.memory_bytes) {
    row[Metric::memory_usage] = Value::real(100.0 * static_cast<double>(gauges.rss_bytes) /
                                            static_cast<double>(*host.memory_bytes));
  }
}

void fill_pss(const GroupGauges& gauges, std::int64_t now_ns, GroupValues& row) {
  if (gauges.misses_pss) return;
  row[Metric::memory_pss] = Value::integer(gauges.pss_bytes);
  row[Metric::memory_swap_pss] = Value::integer(gauges.swap_pss_bytes);
  if (gauges.oldest_pss_ns == kNoPss) return;
  row[Metric::memory_pss_age] =
      Value::real(static_cast<double>(now_ns - gauges.oldest_pss_ns) / 1e9);
}

void fill_io(const Totals& totals, const GroupGauges& gauges, GroupValues& row) {
  if (gauges.misses_io) return;
  row[Metric::disk_read_bytes] = Value::integer(totals.read_bytes);
  row[Metric::disk_write_bytes] = Value::integer(totals.written_bytes);
  row[Metric::read_bytes] = Value::integer(totals.read_chars);
  row[Metric::write_bytes] = Value::integer(totals.written_chars);
  row[Metric::read_count] = Value::integer(totals.read_calls);
  row[Metric::write_count] = Value::integer(totals.write_calls);
}

void fill_fds(const GroupGauges& gauges, GroupValues& row) {
  if (gauges.misses_fds) return;
  row[Metric::num_fds] = Value::integer(gauges.fds);
  if (gauges.has_fd_ratio) row[Metric::fd_usage_max] = Value::real(100.0 * gauges.worst_fd_ratio);
}

void fill_start_time(const GroupGauges& gauges, const ScanContext& context, GroupValues& row) {
  constexpr std::int64_t kNsPerSecond = 1'000'000'000;
  if (gauges.processes == 0) return;
  const auto boot_ns =
      static_cast<std::int64_t>(gauges.oldest_starttime_ticks * context.ns_per_tick);
  const auto unix_seconds = (context.boot_to_unix_ns + boot_ns) / kNsPerSecond;
  if (unix_seconds < 0) return;
  row[Metric::oldest_start_time] = Value::integer(static_cast<std::uint64_t>(unix_seconds));
}

}  // namespace

void build_groups(const GroupAccounts& accounts, const HostSample& host, const ScanContext& context,
                  Snapshot& snapshot) {
  snapshot.wall_ns = context.wall_ns;
  snapshot.groups.clear();
  const auto& families = context.families;
  accounts.for_each_published([&](const Account& account) {
    const auto& counters = account.published;
    const auto& totals = counters.totals;
    auto& [name, row] = snapshot.groups.emplace_back();
    name = account.label;
    if (has(families, Family::cpu)) fill_cpu(counters, account.usage, host, context, row);
    if (has(families, Family::processes)) fill_processes(counters, account.gauges, row);
    if (has(families, Family::states)) fill_states(account.gauges, row);
    if (has(families, Family::memory)) fill_memory(account.gauges, host, row);
    if (has(families, Family::pss) && context.has_pss) {
      fill_pss(account.gauges, context.monotonic_ns, row);
    }
    if (has(families, Family::io) && context.has_io) fill_io(totals, account.gauges, row);
    if (has(families, Family::faults)) {
      row[Metric::minor_faults] = Value::integer(totals.minor_faults);
      row[Metric::major_faults] = Value::integer(totals.major_faults);
    }
    if (has(families, Family::context_switches) && context.has_switches) {
      row[Metric::voluntary_context_switches] = Value::integer(totals.voluntary_switches);
      row[Metric::involuntary_context_switches] = Value::integer(totals.involuntary_switches);
    }
    if (has(families, Family::fds)) fill_fds(account.gauges, row);
    if (has(families, Family::start_time)) fill_start_time(account.gauges, context, row);
  });
}

}  // namespace proctally::accounting
