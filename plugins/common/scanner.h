#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/collector.h"
#include "core/settings.h"
#include "plugins/common/host.h"
#include "plugins/common/log.h"

namespace proctally::plugins {

/// Scans this host: the collector with the clocks, the cost of each scan, and a line in the log
/// where something changed that its user should know, once each.
class Scanner {
 public:
  /// `host` and `log` outlive the scanner.
  Scanner(Host& host, const Settings& settings, const Log& log)
      : log_(log), lacks_net_admin_(host.lacks_net_admin()), collector_(settings, host.sources()) {}

  /// One scan. The arguments go into the self row. Valid until the next one.
  const Snapshot& scan(std::optional<std::uint64_t> ticks_skipped = std::nullopt,
                       std::optional<std::uint64_t> batches_dropped = std::nullopt);

  void reconfigure(const Settings& settings) { collector_.reconfigure(settings); }
  [[nodiscard]] const Collector& collector() const { return collector_; }

 private:
  void report(const Snapshot& snapshot);

  const Log& log_;
  bool lacks_net_admin_;
  Collector collector_;
  bool told_privileges_ = false;
  bool told_folded_ = false;
  std::int64_t told_stuck_ = 0;
};

/// The settings of --config, or the defaults. Throws SettingsError; logs the warnings.
[[nodiscard]] Settings load(const std::optional<std::string>& config, const Log& log);

}  // namespace proctally::plugins
