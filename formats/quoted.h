#pragma once

#include <string>
#include <string_view>

namespace proctally::formats {

/// A name in double quotes, as a string of JSON and as a label value of Prometheus: of a name of a
/// group, a thread or the catalogue, which is valid UTF-8 without controls, these two characters
/// are all that either wants escaped.
inline void append_quoted(std::string_view name, std::string& out) {
  out += '"';
  for (const char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace proctally::formats
