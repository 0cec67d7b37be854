#include "core/accounting/thread_rows.h"

namespace proctally::accounting {
namespace {

void fill_cpu(const Totals& totals, ThreadValues& row) {
  row[ThreadMetric::cpu_time] = Value::seconds(totals.cpu_ns());
  row[ThreadMetric::cpu_time_user] = Value::seconds(totals.user_ns);
  row[ThreadMetric::cpu_time_system] = Value::seconds(totals.system_ns);
}

void fill(const ThreadName& name, const ScanContext& context, ThreadValues& row) {
  const auto& families = context.families;
  row[ThreadMetric::num_threads] = Value::integer(name.threads);
  if (has(families, Family::cpu)) fill_cpu(name.published, row);
  if (has(families, Family::io) && context.has_io && !name.misses_io) {
    row[ThreadMetric::disk_read_bytes] = Value::integer(name.published.read_bytes);
    row[ThreadMetric::disk_write_bytes] = Value::integer(name.published.written_bytes);
  }
  if (has(families, Family::faults)) {
    row[ThreadMetric::minor_faults] = Value::integer(name.published.minor_faults);
    row[ThreadMetric::major_faults] = Value::integer(name.published.major_faults);
  }
  if (has(families, Family::context_switches)) {
    row[ThreadMetric::voluntary_context_switches] =
        Value::integer(name.published.voluntary_switches);
    row[ThreadMetric::involuntary_context_switches] =
        Value::integer(name.published.involuntary_switches);
  }
}

}  // namespace

void build_threads(const GroupAccounts& accounts, const ScanContext& context, Snapshot& snapshot) {
  snapshot.threads.clear();
  snapshot.wchans.clear();
  std::size_t group = 0;
  accounts.for_each_published([&](const Account& account) {
    const auto place = group++;
    if (!account.reads_threads) return;
    account.threads->names.for_each([&](std::string_view label, const ThreadName& name) {
      // Of what has ended the CPU time alone is known.
      const bool is_ended = label == kEndedLabel;
      if (is_ended && !has(context.families, Family::cpu)) return;
      auto& row = snapshot.threads.emplace_back();
      row.group = place;
      row.name = label;
      if (is_ended) {
        fill_cpu(name.published, row.values);
      } else {
        fill(name, context, row.values);
      }
    });
    account.threads->wchans.for_each([&](std::string_view label, std::uint64_t threads) {
      if (threads > 0) snapshot.wchans.push_back({place, label, threads});
    });
  });
}

}  // namespace proctally::accounting
