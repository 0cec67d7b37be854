#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/naming/process_facts.h"
#include "core/naming/rule.h"

namespace proctally::naming {

/// What the rules say of one process.
struct Naming {
  enum class Outcome : std::uint8_t {
    named,     ///< In the group `label`.
    excluded,  ///< Kept out of every group.
    unmatched,
    waiting,  ///< A rule that comes before any that matches needs facts not yet brought.
  };
  Outcome outcome = Outcome::unmatched;
  std::string label;     ///< See make_group_label(). Only where named.
  std::size_t rule = 0;  ///< The rule's place in the list. Only where named or excluded.
};

/// Applies the rules in their order; the first that matches decides. A rule whose name comes out
/// empty, as {{.Unit}} outside systemd, lets the later ones try; where none gives a better name the
/// group is `_empty`, so that nobody vanishes by having no name. One whose name comes out as none
/// of its `names` does not match.
class Namer {
 public:
  explicit Namer(std::vector<Rule> rules);

  [[nodiscard]] Naming name(const ProcessFacts& facts) const;

  /// Whether that rule names each process by itself, as {{.PID}} does.
  [[nodiscard]] bool tells_processes_apart(std::size_t rule) const {
    return !rules_[rule].excludes() && rules_[rule].name().tells_processes_apart();
  }

  [[nodiscard]] ThreadDetail threads_of(std::size_t rule) const { return rules_[rule].threads(); }

  /// The facts that at least one rule looks at.
  [[nodiscard]] const FactNeeds& needs() const { return needs_; }
  /// The labels of the groups that exist from the start, because their name is constant.
  [[nodiscard]] std::vector<std::string> configured_labels() const;

 private:
  std::vector<Rule> rules_;
  FactNeeds needs_;
};

}  // namespace proctally::naming
