#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "core/settings.h"
#include "plugins/common/log.h"

namespace proctally::plugins {

/// Changes raw settings before they are checked, as options of a program do.
using SettingsChange = std::function<void(nlohmann::json& raw)>;

/// The settings of --config, in JSON or YAML, or the defaults, after `change` if there is one, for
/// a format of format_names(). Throws SettingsError; logs the warnings.
[[nodiscard]] Settings load(const std::optional<std::string>& config, const std::string& format,
                            const Log& log, const SettingsChange& change = nullptr);

}  // namespace proctally::plugins
