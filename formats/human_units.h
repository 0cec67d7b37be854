#pragma once

#include <cstdint>
#include <string>

/// Quantities for a person's eyes, at most seven characters long, so that columns stay narrow. Used
/// by the table; never in a format that a machine reads.
namespace proctally::formats {

/// In powers of 1024: `0`, `512B`, `1.5K`, `99.9M`, `1023M`, `8.0E`. `bytes` is not negative.
[[nodiscard]] std::string human_bytes(std::int64_t bytes);

/// `0s`, `40µs`, `1.8ms`, `12ms`, `1.2s`, and from a minute on two units: `3m04s`, `5h12m`,
/// `2d03h`, `123d`. Rounded below an hour; above it what a unit does not show is cut off, as on a
/// clock. `seconds` is not negative.
[[nodiscard]] std::string human_duration(double seconds);

}  // namespace proctally::formats
