#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/metrics.h"
#include "core/naming/rule.h"

namespace proctally {

/// From where the counters of a group start.
enum class Baseline : std::uint8_t {
  start,     ///< 0 when proctally starts.
  lifetime,  ///< The lifetime totals of the processes that live when it starts.
};

/// What a user can set, complete and valid: nothing behind it checks again. Made by
/// validate_settings() only; a copy is cheap.
struct Settings {
  std::vector<naming::Rule> rules;  ///< In order; never empty.
  bool children = true;             ///< An unmatched process joins its parent's group.
  FamilySet collect;
  Baseline baseline = Baseline::start;
  std::size_t max_groups = 1000;
  std::int64_t group_ttl_ns = 0;
  bool remove_empty_groups = false;  ///< Not published while they are empty, configured ones too.
  std::optional<std::size_t> top;    ///< Only so many of the busiest groups; the rest in `_other`.
  std::int64_t recheck_for_ns = 0;   ///< So long a process that runs is named again in each scan.
  std::int64_t pss_budget_ns = 0;    ///< For reading smaps_rollup, in each scan.
  std::int64_t pss_deadline_ns = 0;  ///< A process of which that takes longer is left alone.
  std::string measurement;
  std::string group_tag;

  /// All of it as JSON that can be read again, defaults filled in.
  std::string effective;
  /// What is allowed and yet hardly meant, each as "path: what about it".
  std::vector<std::string> warnings;
};

/// Everything that is wrong with some settings, at once: each problem as "path: what is wrong, what
/// is allowed". what() has them a line each.
class SettingsError : public std::runtime_error {
 public:
  explicit SettingsError(std::vector<std::string> problems);
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::string> problems_;
};

/// Raw settings, whatever file or front end they come from, to valid ones. An empty object gives
/// the defaults. Throws SettingsError.
[[nodiscard]] Settings validate_settings(const nlohmann::json& raw);

}  // namespace proctally
