#pragma once

#include <string>
#include <string_view>

namespace proctally::plugins {

/// `text` as gzip's format (RFC 1952), compressed fast rather than well. Throws std::bad_alloc.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace proctally::plugins
