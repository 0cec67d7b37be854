#include "plugins/common/settings_loader.h"

#include <nlohmann/json.hpp>

#include "core/settings_yaml.h"
#include "plugins/common/formatter.h"
#include "plugins/common/scanner.h"

namespace proctally::plugins {
Settings load(const std::optional<std::string>& config, const std::string& format, const Log& log,
              const SettingsChange& change) {
  auto raw = config ? read_settings(*config) : RawSettings();
  // What is no object at all is refused as it is.
  if (change && raw.values.is_object()) change(raw.values);
  auto settings = validate_raw_settings(raw);
  for (const auto& warning : settings.warnings) log.warning(warning);
  if (!format_has_threads(format)) leave_out_threads(settings, "the format " + format, log);
  return settings;
}

}  // namespace proctally::plugins
