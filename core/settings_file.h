#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings.h"

namespace proctally {

/// Settings as a file has them, not yet valid.
struct RawSettings {
  nlohmann::json values = nlohmann::json::object();
  std::vector<std::string> problems;  ///< What `values` cannot show: keys that were given twice.
};

/// In what a file of settings is written.
enum class SettingsSyntax : std::uint8_t { json, yaml };

/// By the file's name where it ends in .json, .yaml or .yml; else JSON where the first character
/// that is neither blank nor in a comment of // or /* */ is a '{', and YAML otherwise.
[[nodiscard]] SettingsSyntax syntax_of(std::string_view text, std::string_view name);

/// All of a file of settings. Throws SettingsError where it cannot be read.
[[nodiscard]] std::string read_settings_text(const std::string& file);

/// Settings in JSON, in which // and /* */ comments may stand. Throws SettingsError where it is no
/// JSON; the problem names the file, as `name` calls it, line and column.
[[nodiscard]] RawSettings parse_json_settings(const std::string& text, const std::string& name);

/// Throws SettingsError with the problems of both.
[[nodiscard]] Settings validate_raw_settings(const RawSettings& raw);

/// Reads settings from a JSON file. Throws SettingsError, also for a file in YAML: see
/// core/settings_yaml.h for a reader of both.
[[nodiscard]] Settings load_settings(const std::string& file);

/// The same of JSON that was read already; `name` is what its problems call it.
[[nodiscard]] Settings parse_settings(const std::string& text, const std::string& name);

}  // namespace proctally
