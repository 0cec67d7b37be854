#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "core/naming/rule.h"
#include "core/settings_checker.h"

namespace proctally {

/// One item of `process_names`, which stands at `path`, to a valid rule. Nothing where `check` was
/// told of a problem that leaves none. A part of the validation of settings.
[[nodiscard]] std::optional<naming::Rule> read_rule(SettingsChecker& check,
                                                    const nlohmann::json& item,
                                                    const std::string& path);

}  // namespace proctally
