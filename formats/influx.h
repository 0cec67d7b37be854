#pragma once

#include <string>

#include "core/snapshot.h"

namespace proctally::formats {

/// What the rows of groups are called; the settings have made sure that both are printable UTF-8,
/// not empty, without a `#` in front and without a backslash.
struct InfluxNames {
  std::string measurement = "proctally";
  std::string group_tag = "groupname";
};

/// Appends a snapshot as Influx line protocol, for Telegraf's inputs.execd and whatever else reads
/// it. One line a group, then one for each name of threads and each place where they wait in the
/// kernel, of the groups that ask for them, then one of proctally itself, all with the timestamp of
/// the scan in ns:
///
///     proctally,groupname=nginx cpu_time=12.5,num_procs=5i 1700000000000000000
///     proctally_threads,groupname=nginx,threadname=worker num_threads=4i 1700000000000000000
///     proctally_wchan,groupname=nginx,wchan=ep_poll threads=4i 1700000000000000000
///     proctally_self scan_seconds=0.0021,processes=412i 1700000000000000000
///
/// Fields come in the catalogue's order under the catalogue's names. An integer ends in `i` and a
/// real number does not, so a field keeps its type from batch to batch. Tags are sorted. What is
/// absent is left out, and so is a line that would have no field.
///
/// Only what Telegraf's two parsers and InfluxDB's agree on is written; group names are harmless by
/// the contract of GroupRow::name, and `,` `=` and space in them are escaped. Nothing can fail, and
/// nothing allocates but the growth of `out`: a caller that keeps its buffer pays for it once.
void append_influx(const Snapshot& snapshot, const InfluxNames& names, std::string& out);

}  // namespace proctally::formats
