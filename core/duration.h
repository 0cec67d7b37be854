#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace proctally {

/// A length of time as Telegraf and Go write it, such as "10s", "1h30m", "250ms" or "1.5s", in ns;
/// a bare number is seconds. Units: ns us ms s m h. Nothing for anything else, for a negative one,
/// and for what does not fit.
[[nodiscard]] std::optional<std::int64_t> parse_duration(std::string_view text);

/// The reverse, in the largest units that lose nothing: "1h30m", "250ms", "0s".
[[nodiscard]] std::string format_duration(std::int64_t ns);

}  // namespace proctally
