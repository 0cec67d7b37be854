#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// The one catalogue of what proctally measures. Formats, documentation and tests loop over it:
/// adding a metric is one row in metrics.cc, one enumerator here, and the line in
/// accounting/snapshot_builder.cc that fills it.
namespace proctally {

/// What is read together, and switched on and off together by `collect` in the settings. A family
/// that is off is not read.
enum class Family : std::uint8_t {
  cpu,
  processes,
  states,
  memory,
  io,
  faults,
  context_switches,
  fds,
  start_time,
  pss,  ///< Off unless asked for: reading it holds the process up (see PssSampler).
};
inline constexpr std::size_t kFamilyCount = 10;
/// A bit per family, at its enumerator's number.
using FamilySet = std::bitset<kFamilyCount>;
[[nodiscard]] inline bool has(const FamilySet& families, Family family) {
  return families[static_cast<std::size_t>(family)];
}
/// What is read where the settings do not say: all but pss.
[[nodiscard]] FamilySet default_families();

enum class Kind : std::uint8_t {
  counter,  ///< Never falls while proctally runs.
  gauge,
};

/// The type a metric has in every batch; it never changes from one to the next.
enum class ValueType : std::uint8_t {
  integer,
  real,
  seconds,  ///< Counted in whole nanoseconds, published as a real number of seconds.
};

/// The metrics of a group, in the order in which they are published.
enum class Metric : std::uint8_t {
  cpu_time,
  cpu_time_user,
  cpu_time_system,
  cpu_usage,
  cpu_usage_user,
  cpu_usage_system,
  cpu_usage_host,
  cpu_usage_max,
  num_procs,
  num_threads,
  started,
  exited,
  procs_running,
  procs_sleeping,
  procs_blocked,
  procs_zombie,
  procs_other,
  memory_rss,
  memory_rss_max,
  memory_vms,
  memory_swap,
  memory_usage,
  memory_pss,
  memory_swap_pss,
  memory_pss_age,
  disk_read_bytes,
  disk_write_bytes,
  read_bytes,
  write_bytes,
  read_count,
  write_count,
  minor_faults,
  major_faults,
  voluntary_context_switches,
  involuntary_context_switches,
  num_fds,
  fd_usage_max,
  oldest_start_time,
};
inline constexpr std::size_t kMetricCount = 38;

/// The metrics of the threads of one name in a group that asks for them.
enum class ThreadMetric : std::uint8_t {
  num_threads,
  cpu_time,
  cpu_time_user,
  cpu_time_system,
  disk_read_bytes,
  disk_write_bytes,
  minor_faults,
  major_faults,
  voluntary_context_switches,
  involuntary_context_switches,
};
inline constexpr std::size_t kThreadMetricCount = 10;

/// The metrics that proctally publishes of itself, in a row of its own.
enum class SelfMetric : std::uint8_t {
  scan_seconds,
  scan_cpu_seconds,
  processes,
  processes_idle,
  processes_read,
  processes_unnamed,
  groups,
  processes_folded,
  vanished,
  denied,
  malformed,
  scan_errors,
  slow_readers_stuck,
  pss_skipped,
  exits_seen,
  exits_lost,
  ticks_skipped,
  batches_dropped,
  cpu_host_seconds,
  cpu_grouped_seconds,
  cpu_ungrouped_seconds,
  cpu_unattributed_seconds,
};
inline constexpr std::size_t kSelfMetricCount = 22;

/// Where collectd keeps a metric: a type of its stock types.db, a type instance, and one of the
/// type's data sources. Metrics of one type and instance stand beside each other, in the order of
/// the data sources, and are one value list.
struct CollectdName {
  std::string_view type;  ///< Empty: not there.
  std::string_view instance;
  std::string_view source = "value";
};

/// Where Prometheus keeps a metric: a family, and the label that tells those of one family apart.
/// process-exporter's names where it has the value.
struct PrometheusName {
  std::string_view family{};  ///< Behind "namedprocess_namegroup_". Empty: not there.
  std::string_view label{};   ///< Empty: the family is this metric alone.
  std::string_view value{};
};

struct MetricInfo {
  std::string_view name;  ///< The Influx field, the Graphite leaf and the JSON key.
  Kind kind;
  ValueType type;
  std::string_view unit;  ///< Empty for a plain number.
  std::string_view help;
  CollectdName collectd;
  PrometheusName prometheus{};  ///< Of proctally's own metrics none: theirs is made of the name.
};

struct GroupMetricInfo : MetricInfo {
  Family family{};
};

/// Indexed by Metric, by ThreadMetric and by SelfMetric.
extern const std::array<GroupMetricInfo, kMetricCount> kMetrics;
extern const std::array<MetricInfo, kThreadMetricCount> kThreadMetrics;
extern const std::array<MetricInfo, kSelfMetricCount> kSelfMetrics;

/// The word that `collect` uses, such as "start_time", and its reverse.
[[nodiscard]] std::string_view name_of(Family family);
[[nodiscard]] std::optional<Family> family_of(std::string_view name);

}  // namespace proctally
