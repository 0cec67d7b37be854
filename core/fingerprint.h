#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace proctally {

/// FNV-1a, 64 bits: spreads names, and need not withstand somebody who looks for collisions, as
/// everybody may name a process like any other anyway.
[[nodiscard]] inline std::uint64_t fingerprint_number(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

/// 16 hex digits, lower case, that tell texts apart where what is left of them no longer does: cut
/// labels, and names cleaned for one system or another. The same for ever and on every host,
/// because names of stored series end in them. Nothing allocates.
[[nodiscard]] inline std::array<char, 16> fingerprint(std::string_view text) {
  auto hash = fingerprint_number(text);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<char, 16> digits{};
  for (char& digit : digits) {
    digit = kHex[hash >> 60U];
    hash <<= 4U;
  }
  return digits;
}

}  // namespace proctally
