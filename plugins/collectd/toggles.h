#pragma once

#include <optional>

#include "core/metrics.h"
#include "plugins/collectd/statement.h"

namespace proctally::plugins::collectd {

/// The families that the stock plugin's own words switch on and off; absent where they do not.
struct Toggles {
  std::optional<bool> fds;
  std::optional<bool> context_switches;

  [[nodiscard]] FamilySet applied_to(FamilySet families) const;
};

/// Follows a statement that switches something on or off; what proctally has no counterpart of is
/// only warned of.
void read_toggle(const Statement& statement, Toggles& toggles, Findings& findings);

}  // namespace proctally::plugins::collectd
