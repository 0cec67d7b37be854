#pragma once

#include <string>

#include "core/snapshot.h"

namespace proctally::formats {

/// Appends a snapshot as Prometheus text exposition 0.0.4, under process-exporter's names where it
/// has the value: namedprocess_namegroup_cpu_seconds_total{groupname="...",mode="user"}. What it
/// does not have stands beside it under the same prefix; what is about proctally itself begins with
/// proctally_. No timestamps: the reader's clock counts. A family of which nothing is known is left
/// out. https://prometheus.io/docs/instrumenting/exposition_formats/
void append_prometheus(const Snapshot& snapshot, std::string& out);

}  // namespace proctally::formats
