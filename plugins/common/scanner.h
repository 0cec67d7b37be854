#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/collector.h"
#include "core/settings.h"
#include "plugins/common/host.h"
#include "plugins/common/log.h"
#include "plugins/common/state_store.h"

namespace proctally::plugins {

/// Scans this host: the collector with the clocks, the cost of each scan, and a line in the log
/// where something changed that its user should know, once each.
class Scanner {
 public:
  /// All outlive the scanner. `state` may be null: the accounts begin with this run, and end.
  Scanner(Host& host, const Settings& settings, const Log& log, StateStore* state = nullptr);

  /// One scan. The arguments go into the self row. Valid until the next one.
  const Snapshot& scan(std::optional<std::uint64_t> ticks_skipped = std::nullopt,
                       std::optional<std::uint64_t> batches_dropped = std::nullopt);

  void reconfigure(const Settings& settings) { collector_.reconfigure(settings); }
  [[nodiscard]] const Collector& collector() const { return collector_; }

 private:
  void report(const Snapshot& snapshot);

  const Log& log_;
  bool lacks_net_admin_;
  StateStore* state_;
  Collector collector_;
  bool told_privileges_ = false;
  bool told_folded_ = false;
  std::int64_t told_stuck_ = 0;
};

/// For a destination that has no place for threads: whoever asked for them is told, and none is
/// read.
void leave_out_threads(Settings& settings, std::string_view destination, const Log& log);

}  // namespace proctally::plugins
