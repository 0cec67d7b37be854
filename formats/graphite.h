#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/snapshot.h"
#include "formats/graphite_names.h"

namespace proctally::formats {

/// Appends a snapshot as lines of the Graphite plaintext protocol, for carbon, carbon-c-relay,
/// go-carbon and VictoriaMetrics. One line a value, all with one timestamp:
///
///     proctally.web01.nginx.cpu_time 12.5 1700000000
///     proctally.web01.nginx.num_procs 5 1700000000
///     proctally.web01.proctally_self.scan_seconds 0.0021 1700000000
///
/// `seconds` is positive Unix time, the tick for which the scan was made and not the moment when it
/// began: carbon keeps one value a slot, so that stamps that jitter leave gaps and overwrite each
/// other.
///
/// Metrics come in the catalogue's order under the catalogue's names; what is absent is left out. A
/// line is ASCII, has one blank between its three parts, is below 4 KiB with its newline, and its
/// value is `-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?`, which is what all receivers read alike: the
/// shortest that reads back as the same double, and an integer without a point or an exponent,
/// which receivers round to a double. Nothing can fail, and nothing allocates but the growth of
/// `out`.
void append_graphite(const Snapshot& snapshot, const GraphiteNames& names, std::int64_t seconds,
                     std::string& out);

/// One line of the same kind with a value of `subject`'s, in the style of `names`; nothing where
/// the value is absent. For rows of proctally's own that are not in a snapshot.
void append_graphite_line(const GraphiteNames& names, const GraphiteSubject& subject,
                          std::string_view metric, const Value& value, std::int64_t seconds,
                          std::string& out);

}  // namespace proctally::formats
