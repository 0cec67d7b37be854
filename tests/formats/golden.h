#pragma once

#include <string>
#include <string_view>

namespace proctally::formats {

/// Fails the test unless `actual` is, byte for byte, the file of that name in tests/golden/; the
/// difference is shown line by line. With PROCTALLY_UPDATE_GOLDEN=1 in the environment it writes
/// the file instead: look at what git then says before you commit it.
void expect_golden(std::string_view file_name, const std::string& actual);

}  // namespace proctally::formats
