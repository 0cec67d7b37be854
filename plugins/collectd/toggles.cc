#include "plugins/collectd/toggles.h"

#include <fmt/format.h>

#include "plugins/collectd/lexer_traps.h"

namespace proctally::plugins::collectd {

FamilySet Toggles::applied_to(FamilySet families) const {
  const auto apply = [&families](std::optional<bool> toggle, Family family) {
    if (toggle) families.set(static_cast<std::size_t>(family), *toggle);
  };
  apply(fds, Family::fds);
  apply(context_switches, Family::context_switches);
  return families;
}

void read_toggle(const Statement& statement, Toggles& toggles, Findings& findings) {
  expect_line(statement, fmt::format("{} true", statement.word), findings);
  const auto value = read_boolean(statement, findings);
  if (!value) return;
  if (statement.word == word::kFileDescriptor) {
    toggles.fds = value;
  } else if (statement.word == word::kContextSwitch) {
    toggles.context_switches = value;
  } else if (*value) {
    findings.warning(statement.path, "proctally has no counterpart of it; nothing is collected");
  }
}

}  // namespace proctally::plugins::collectd
