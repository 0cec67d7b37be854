#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "plugins/collectd/config_reader.h"
#include "plugins/collectd/value_lists.h"
#include "plugins/common/host.h"
#include "plugins/common/log.h"
#include "plugins/common/scanner.h"

namespace proctally::plugins::collectd {

/// The life of the plugin between the daemon's calls, without the daemon: configure() for each
/// block, start(), read() again and again. It opens no file and starts no thread before start(),
/// and its end closes and ends all. For one thread at a time; which one may change.
class Lifecycle {
 public:
  /// `log` outlives it.
  explicit Lifecycle(const Log& log) : log_(log), settings_(config_.settings()) {}

  /// Throws SettingsError, see ConfigReader.
  void configure(const ConfigItem& block);

  /// Opens the host, whose procfs is there, and makes a first scan, so that what is wrong is known
  /// at once. Throws HostError.
  void start(const std::string& procfs);

  /// A scan, and its value lists. Throws std::logic_error before start(), HostError and whatever a
  /// scan throws. Accounts of a scan that failed can no longer be trusted: the next one begins new
  /// ones, as a new daemon would.
  void read(const ValueListSink& sink);

 private:
  /// The scanner refers to the other two.
  struct Accounts {
    Accounts(const std::string& procfs, const Settings& settings, const Log& log)
        : host(procfs, FileLimit::shared), scanner(host, settings, log) {}
    Host host;
    Scanner scanner;
  };

  /// Of the host, opened where it is not; where that or the scan fails, nothing stays open.
  const Snapshot& scan();

  const Log& log_;
  ConfigReader config_;
  bool is_valid_ = true;     ///< Every block so far.
  PluginSettings settings_;  ///< Of the blocks so far.
  std::string procfs_;       ///< From start() on; before, empty.
  std::optional<Accounts> accounts_;
  ValueLists lists_;
};

}  // namespace proctally::plugins::collectd
