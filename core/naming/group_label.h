#pragma once

#include <string>
#include <string_view>

namespace proctally::naming {

/// The longest label, in bytes.
inline constexpr std::size_t kMaxLabelBytes = 256;

/// The group of those that are too many (max_groups), and that of those whose name is empty. A
/// process that calls itself so is in neither: its label begins with \x5f.
inline constexpr std::string_view kOtherLabel = "_other";
inline constexpr std::string_view kEmptyLabel = "_empty";

/// The printable form under which a group is kept and published, made of any bytes: a process may
/// call itself anything. Valid UTF-8 without control, invisible, line-separating or text-direction
/// characters; each byte of those, each byte that is no UTF-8, and each backslash is written \xNN,
/// so that two names never share a label. A longer one is cut and ends in ~ and a hash of the whole
/// name. Empty for an empty name only.
[[nodiscard]] std::string make_group_label(std::string_view name);

/// The digits of core/fingerprint.h, as a string.
[[nodiscard]] std::string fingerprint(std::string_view name);

/// The same escaping of any text, but for backslashes, and without a limit: for people to read.
[[nodiscard]] std::string escape_unprintable(std::string_view text);

/// How many bytes of an escaped text to keep where `most` fit: not half a code point, nor half a
/// \xNN.
[[nodiscard]] std::size_t place_to_cut(std::string_view escaped, std::size_t most);

}  // namespace proctally::naming
