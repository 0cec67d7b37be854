#pragma once

#include <string>

namespace proctally::plugins {

/// Makes sure that stdin, stdout and stderr are open: otherwise the first file that is opened would
/// become one of them. The first thing in main().
void open_standard_streams();

/// Writes all of `text` to stdout, however slowly it is read. Throws std::system_error.
void print(const std::string& text);

}  // namespace proctally::plugins
