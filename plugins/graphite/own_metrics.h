#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/metrics.h"
#include "core/snapshot.h"
#include "formats/graphite_names.h"
#include "plugins/graphite/failover.h"
#include "plugins/graphite/sender.h"

namespace proctally::plugins::graphite {

/// What the pusher publishes of each destination beside the catalogue's metrics, in a row of its
/// own:  <prefix>.<host>.proctally_self.destination.carbon_2003_cf6a7624.lines_queued
/// Always: lines_pushed = lines_acknowledged + lines_in_flight + lines_queued + the
/// lines_dropped_*.
enum class OwnMetric : std::uint8_t {
  up,
  in_use,
  stalled,
  lines_pushed,
  lines_queued,
  batches_queued,
  bytes_queued,
  oldest_queued_seconds,
  lines_in_flight,
  lines_sent,
  lines_acknowledged,
  lines_resent,
  lines_dropped_too_many,
  lines_dropped_too_large,
  lines_dropped_too_old,
  lines_dropped_oversized,
  lines_dropped_damaged,
  connects,
  connect_failures,
  connection_breaks,
  last_success_time,
  spool_bytes,
  spool_errors,
};
inline constexpr std::size_t kOwnMetricCount = 23;
using OwnValues = Values<OwnMetric, kOwnMetricCount>;

/// Indexed by OwnMetric.
extern const std::array<MetricInfo, kOwnMetricCount> kOwnMetrics;

/// Of a destination, or of a failover set as a whole.
[[nodiscard]] OwnValues own_values(Sender& sender, std::int64_t now_s);
/// Of one destination of a failover set: what is its own, in_use, connects and connect_failures.
[[nodiscard]] OwnValues own_values(const FailoverMember& member);

/// Appends the row of `destination`.
void append_own_lines(const formats::GraphiteNames& names, const std::string& destination,
                      const OwnValues& values, std::int64_t seconds, std::string& out);

/// For the log: "up=1 lines_pushed=1200 ...", without what is absent.
[[nodiscard]] std::string to_string(const OwnValues& values);

}  // namespace proctally::plugins::graphite
