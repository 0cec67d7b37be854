#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/naming/captures.h"
#include "core/naming/name_template.h"
#include "core/naming/process_facts.h"

namespace proctally::naming {

enum class Verdict : std::uint8_t {
  no,
  yes,
  unknown,  ///< It depends on facts that a slow reader has not brought yet.
};

/// What an item of `process_names` asks of a process. Selectors that are given are ANDed; the
/// values of one selector are ORed, but those of `cmdline`, which are ANDed.
struct Selectors {
  std::vector<std::string> comm;      ///< Exactly field 2 of /proc/PID/stat.
  std::vector<std::string> exe;       ///< argv[0]: its base name, or all of it if there is a '/'.
  std::vector<std::string> exe_path;  ///< /proc/PID/exe, in the same two ways.
  std::vector<std::string> user;      ///< The effective user's name or number.
  std::vector<std::string> cgroup;    ///< Globs over every cgroup path; * also matches '/'.
  std::vector<std::shared_ptr<const RE2>> cmdline;  ///< Searched in the arguments, unanchored.
  std::optional<bool> kernel_thread;
};

/// One valid item of `process_names`. Immutable, and cheap to copy.
class Rule {
 public:
  /// Without a template the rule excludes: what it matches is in no group.
  Rule(Selectors selectors, std::optional<NameTemplate> name)
      : selectors_(std::move(selectors)), name_(std::move(name)) {}

  /// Whether all selectors hold; on `yes`, `captures` are what `cmdline` captured.
  [[nodiscard]] Verdict match(const ProcessFacts& facts, Captures& captures) const;

  [[nodiscard]] bool excludes() const { return !name_.has_value(); }
  /// Only of a rule that does not exclude.
  [[nodiscard]] const NameTemplate& name() const { return *name_; }
  [[nodiscard]] FactNeeds needs() const;

 private:
  [[nodiscard]] Verdict match_user(const ProcessFacts& facts) const;
  [[nodiscard]] bool match_cmdline(const ProcessFacts& facts, Captures& captures) const;

  Selectors selectors_;
  std::optional<NameTemplate> name_;
};

/// The names of the named groups of an expression.
[[nodiscard]] std::vector<std::string> capture_names_of(const RE2& expression);

}  // namespace proctally::naming
