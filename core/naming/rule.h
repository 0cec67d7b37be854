#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

/// Whether the threads of what an item matches are told apart.
enum class ThreadDetail : std::uint8_t { none, by_name };

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
  /// Without a template the rule excludes: what it matches is in no group. Where `names` are
  /// given, only they are names that it gives.
  Rule(Selectors selectors, std::optional<NameTemplate> name,
       ThreadDetail threads = ThreadDetail::none, std::vector<std::string> names = {})
      : selectors_(std::move(selectors)),
        name_(std::move(name)),
        threads_(threads),
        names_(std::move(names)) {}

  /// Whether all selectors hold, and there is a {{.Capture}} if the name has one; on `yes`,
  /// `captures` are what `cmdline` captured.
  [[nodiscard]] Verdict match(const ProcessFacts& facts, Captures& captures) const;

  [[nodiscard]] bool excludes() const { return !name_.has_value(); }
  /// Only of a rule that does not exclude.
  [[nodiscard]] const NameTemplate& name() const { return *name_; }
  [[nodiscard]] ThreadDetail threads() const { return threads_; }
  /// Whether it may give that name; else it does not match after all.
  [[nodiscard]] bool admits(std::string_view name) const;
  /// The same for a place that has no room for threads.
  [[nodiscard]] Rule without_threads() const {
    auto rule = *this;
    rule.threads_ = ThreadDetail::none;
    return rule;
  }
  [[nodiscard]] FactNeeds needs() const;

 private:
  [[nodiscard]] Verdict match_user(const ProcessFacts& facts) const;
  [[nodiscard]] bool match_cmdline(const ProcessFacts& facts, Captures& captures) const;

  Selectors selectors_;
  std::optional<NameTemplate> name_;
  ThreadDetail threads_;
  std::vector<std::string> names_;
};

/// The names of the named groups of an expression.
[[nodiscard]] std::vector<std::string> capture_names_of(const RE2& expression);

}  // namespace proctally::naming
