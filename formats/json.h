#pragma once

#include <string>

#include "core/snapshot.h"

namespace proctally::formats {

/// Appends a snapshot as one JSON object on one line that ends in a newline (JSON Lines), for jq
/// and scripts:
///
///     {"timestamp_ns":1700000000000000000,
///      "groups":[{"name":"nginx","cpu_time":12.5,"num_procs":5}],
///      "self":{"scan_seconds":0.0021,"processes":412}}
///
/// A group whose threads are told apart has two members more:
///
///     "threads":{"worker":{"num_threads":4,"cpu_time":3.5}},"wchan":{"ep_poll":4}
///
/// Keys come in the catalogue's order under the catalogue's names, in the catalogue's units. What
/// is absent has no key; a group of which nothing is known still has its name, and "groups" and
/// "self" are always there. Integers reach up to 2^63 - 1: a reader that keeps numbers in doubles
/// rounds them above 2^53. Nothing can fail; nothing allocates but the growth of `out`.
void append_json(const Snapshot& snapshot, std::string& out);

}  // namespace proctally::formats
