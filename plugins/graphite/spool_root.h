#pragma once

#include <filesystem>

namespace proctally::plugins::graphite {

/// Sees to it that there is a folder for the folders of spools, which nobody else can exchange.
/// Makes it, but not those above it. Throws SpoolError.
void make_spool_root(const std::filesystem::path& path);

}  // namespace proctally::plugins::graphite
