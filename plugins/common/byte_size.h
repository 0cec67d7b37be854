#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctally::plugins {

/// A size as people write it: "512", "64KiB", "32MiB", "1GiB"; the short "32M" means the same, as
/// in systemd's units. Nothing for anything else, and for what does not fit.
[[nodiscard]] std::optional<std::uint64_t> parse_byte_size(std::string_view text);

}  // namespace proctally::plugins
