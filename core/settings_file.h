#pragma once

#include <string>

#include "core/settings.h"

namespace proctally {

/// Reads settings from a JSON file, in which // and /* */ comments may stand. Throws SettingsError
/// also where the file cannot be read or is no JSON; the problem names the file, line and column.
[[nodiscard]] Settings load_settings(const std::string& file);

/// The same of a text that was read already; `name` is what its problems call it.
[[nodiscard]] Settings parse_settings(const std::string& text, const std::string& name);

}  // namespace proctally
