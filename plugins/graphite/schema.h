#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "core/metrics.h"
#include "formats/graphite_template.h"

/// What carbon has to be told of our series, for --print-schema. Its defaults lose data: of points
/// closer than the step of the first archive only the last is kept, points further apart than that
/// are never rolled up, and an average of a counter is no counter.
namespace proctally::plugins::graphite {

/// How the series are called, and how often they come.
struct SchemaRequest {
  std::optional<formats::GraphiteTemplate> path = std::nullopt;  ///< None: tags.
  std::string prefix;                                            ///< As GraphiteNames takes it.
  std::chrono::seconds interval{10};  ///< 1 s to 1 day, as Graphite knows no fractions.
  /// Metrics that the pusher sends of itself beside the catalogue's; no name is one of those.
  std::span<const MetricInfo> own_metrics = {};
};

/// Of both files: comments, and sections that carbon tries in the order in which they stand, the
/// first that matches being the right one for every series of any host. Regular expressions are
/// such as Python's re, Go's regexp and RE2 read alike.
///
/// The first archive has the interval as its step; each further one a multiple of the one before.
[[nodiscard]] std::string storage_schemas(const SchemaRequest& request);

/// Counters, and moments such as oldest_start_time, keep their last value; *_max their greatest;
/// other gauges their average, where three of ten points of a slot are known.
[[nodiscard]] std::string storage_aggregation(const SchemaRequest& request);

}  // namespace proctally::plugins::graphite
