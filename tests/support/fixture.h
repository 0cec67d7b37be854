#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// What tests of parsers share: captured files, and what is left of them when a read is cut short.
namespace proctally::test {

/// All bytes of tests/fixtures/`path`.
[[nodiscard]] inline std::string fixture(std::string_view path) {
  const auto full = std::string(PROCTALLY_SOURCE_DIR) + "/tests/fixtures/" + std::string(path);
  std::ifstream file(full, std::ios::binary);
  if (!file) throw std::runtime_error("no fixture " + full);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Calls `check` with every prefix of `text` but the whole: each in memory of exactly its size, so
/// that a sanitizer sees a parser which reads past the end.
template <typename Check>
void for_each_prefix(std::string_view text, const Check& check) {
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::vector<char> exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    check(std::string_view(exact.data(), exact.size()));
  }
}

}  // namespace proctally::test
