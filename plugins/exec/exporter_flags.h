#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/common/command_line.h"

namespace proctally::plugins {

/// The flags of process-exporter that say what settings say here. They mean what its documentation
/// promises, where the program itself does something else too.
struct ExporterFlags {
  struct Mapping {
    std::string comm;
    std::string expression;  ///< What its first group captures is the rest of the group's name.
  };
  std::vector<std::string> procnames;
  std::vector<Mapping> mappings;  ///< One a comm: of two the later.
  std::optional<bool> children;
  std::optional<bool> threads;
  std::optional<bool> gather_smaps;
  std::optional<bool> remove_empty_groups;
  std::optional<std::string> recheck_for;  ///< The value of that setting.
};

/// Adds them, and those that are options here under another name: config.path, debug and
/// once-to-stdout-delay, which parse_exec_options() reads.
void add_exporter_flags(OptionTable& table);

/// Throws UsageError.
[[nodiscard]] ExporterFlags read_exporter_flags(const GivenOptions& given);

/// Puts them into raw settings, an object, in place of what these say. The result can be written
/// into a file that needs no flags.
void apply_flags(const ExporterFlags& flags, nlohmann::json& raw);

/// The part of --help about them.
[[nodiscard]] std::string_view describe_exporter_flags();

}  // namespace proctally::plugins
