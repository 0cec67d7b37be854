#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/naming/captures.h"
#include "core/naming/process_facts.h"

namespace proctally::naming {

/// The `name` of an item: text with {{.Variables}} in it. The variables are process-exporter's,
/// and .Unit, .Container and .Capture; of Go's template language only index is understood, and the
/// rest refused when the settings are read. Immutable.
class NameTemplate {
 public:
  /// Throws std::invalid_argument that says what is wrong at which byte, and what is allowed.
  /// `capture_names` are the named groups of the item's cmdline expressions.
  NameTemplate(std::string_view text, const std::vector<std::string>& capture_names);

  /// The name of a process, any bytes. May be empty.
  [[nodiscard]] std::string render(const ProcessFacts& facts, const Captures& captures) const;

  /// Whether the name is the same for every process.
  [[nodiscard]] bool is_constant() const;
  /// Whether {{.Capture}} is in it: where that is empty, the item does not match.
  [[nodiscard]] bool shows_first_capture() const;
  /// Whether it differs between processes of the same program: with a pid or a start time in it.
  [[nodiscard]] bool tells_processes_apart() const;
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] FactNeeds needs() const;

 private:
  enum class Variable : std::uint8_t {
    literal,
    comm,
    exe_base,
    exe_full,
    user_name,
    pid,
    start_time,
    capture,
    first_capture,
    cgroups,
    cgroup_at,
    unit,
    container,
  };
  struct Part {
    Variable variable = Variable::literal;
    std::string argument;   ///< The text of a literal, the name of a capture.
    std::size_t index = 0;  ///< Of cgroup_at.
  };

  static Part parse_action(std::string_view action, std::size_t position,
                           const std::vector<std::string>& capture_names);
  static std::optional<Part> parse_index(std::string_view words, std::size_t position,
                                         const std::vector<std::string>& capture_names);
  [[nodiscard]] bool has(Variable variable) const;
  static std::string value_of(const Part& part, const ProcessFacts& facts,
                              const Captures& captures);

  std::string text_;
  std::vector<Part> parts_;
};

/// The last part of a path as Go's filepath.Base has it: "." for "", "/" for slashes only.
[[nodiscard]] std::string_view base_name(std::string_view path);

}  // namespace proctally::naming
