#pragma once

#include <string>

#include "core/settings_file.h"

namespace proctally {

/// Settings in YAML, which process-exporter's are: the same keys and values as in JSON, read as
/// it reads them. What stands in a list, and each `name`, is text as written; of other plain
/// scalars true, false, null and whole numbers are no text. Anchors and merge keys work; of
/// several documents the first counts; a key given twice is a mistake, and so is an empty file.
/// Throws SettingsError where it is no YAML; the problem names the file, as `name` calls it, line
/// and column.
[[nodiscard]] RawSettings parse_yaml_settings(const std::string& text, const std::string& name);

/// Settings from a file in JSON or YAML: see syntax_of(). Throws SettingsError.
[[nodiscard]] RawSettings read_settings(const std::string& file);

}  // namespace proctally
