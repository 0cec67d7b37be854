#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings.h"
#include "core/snapshot.h"

namespace proctally::plugins {

/// Appends one snapshot as bytes.
using Formatter = std::function<void(const Snapshot&, std::string&)>;

/// The names that make_formatter() takes; the first is the default.
[[nodiscard]] const std::vector<std::string>& format_names();

/// Whether a format of that name shows threads. A path of Graphite's has no place for a third name,
/// a table no room.
[[nodiscard]] bool format_has_threads(std::string_view name);

/// A formatter by its name, with the names that the settings give it. A table is coloured, and as
/// wide as the terminal, where stdout is one. Graphite's lines have the short name of this host and
/// the second in which the scan began; throws SettingsError where the host's name is none.
[[nodiscard]] Formatter make_formatter(const std::string& name, const Settings& settings);

}  // namespace proctally::plugins
