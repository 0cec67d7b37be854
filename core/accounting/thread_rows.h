#pragma once

#include "core/accounting/group_accounts.h"
#include "core/accounting/snapshot_builder.h"
#include "core/snapshot.h"

namespace proctally::accounting {

/// Writes the rows of threads and of where they wait into `snapshot`, whose groups build_groups()
/// has just written. The names in them point into `accounts`.
void build_threads(const GroupAccounts& accounts, const ScanContext& context, Snapshot& snapshot);

}  // namespace proctally::accounting
