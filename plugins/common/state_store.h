#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/collector.h"

namespace proctally::plugins {

/// Where the accounts wait for the next run of the program.
class StateStore {
 public:
  StateStore() = default;
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;
  virtual ~StateStore() = default;

  /// What Collector::save() gave in an earlier run; nothing where there is none for this host.
  virtual std::optional<std::string> load() = 0;
  /// What load() gave cannot be used: "it is ...".
  virtual void refuse(std::string_view why) = 0;
  /// After each scan, before anybody hears of it: what was published is in here, so that nothing
  /// falls whenever the program is killed.
  virtual void save(const Collector& collector) = 0;
};

}  // namespace proctally::plugins
