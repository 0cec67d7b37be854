#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace proctally::plugins::collectd {

/// Where an expression that the plugin `processes` took (POSIX, extended, with the extensions of
/// glibc) means something else to RE2 without being a mistake: what, and what to write. Nothing
/// where no such place is known (regex(7), RE2's doc/syntax.txt).
[[nodiscard]] std::optional<std::string> explain_posix(std::string_view expression);

}  // namespace proctally::plugins::collectd
