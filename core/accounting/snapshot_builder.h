#pragma once

#include <cstdint>
#include <optional>

#include "core/accounting/group_accounts.h"
#include "core/accounting/host_sampler.h"
#include "core/metrics.h"
#include "core/snapshot.h"

namespace proctally::accounting {

/// What turns accounts into published numbers.
struct ScanContext {
  std::int64_t wall_ns = 0;
  std::int64_t monotonic_ns = 0;
  /// Monotonic time since the previous scan; nothing in the first one, which has no percentages.
  std::optional<std::int64_t> elapsed_ns;
  std::int64_t boot_to_unix_ns = 0;  ///< What to add to a boot time for a Unix time.
  std::uint64_t ns_per_tick = 0;
  FamilySet families;
  bool has_io = false;
  bool has_switches = false;
  bool has_pss = false;
};

/// Writes a row for each account into `snapshot`, whose own row stays as it is. The names in it
/// point into `accounts`.
void build_groups(const GroupAccounts& accounts, const HostSample& host, const ScanContext& context,
                  Snapshot& snapshot);

}  // namespace proctally::accounting
