#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string_view>

/// The parts of a series' name in Graphite that come from outside: cleaned where a process chose
/// them, checked where a person did.
///
/// carbon makes a file of each name without a look at it: a dot or a slash opens a folder, a blank
/// breaks the line, a byte that is no UTF-8 ends the connection, `*` can never be asked for again.
/// So a node is made of `[A-Za-z0-9_-]`, and every other byte of a label becomes `_`.
///
/// That makes one of labels that were two. To keep them apart, a node ends in `_` and 8 hex digits
/// of the label's fingerprint wherever it is not the label itself: where a byte was replaced, where
/// it was cut, where it was empty, and where the label looks as if it had such an end already. It
/// does so whether or not there is another label to be kept apart from: were it done for collisions
/// only, a process that calls itself `my/app` would move the series of another that has always been
/// `my app`. So a node depends on its label alone: it is the same in each scan, after each restart
/// and on each host, and two labels share one only where 32 bits of their hashes are the same too.
namespace proctally::formats {

/// A file name has room for 255 bytes, and carbon adds ".wsp".
inline constexpr std::size_t kMaxNodeFileBytes = 251;
/// The longest that a label becomes; what is left is for the text of a template around it.
inline constexpr std::size_t kMaxNodeBytes = 200;

/// Where proctally's own row stands among the groups of a path. No label becomes it: that of a
/// group which has this very name gets an end like any that had to be changed.
inline constexpr std::string_view kSelfNode = "proctally_self";

/// What a label became: 1 to kMaxNodeBytes bytes, held in place, so that nothing allocates.
struct GraphiteName {
  std::array<char, kMaxNodeBytes> bytes{};
  std::size_t size = 0;

  [[nodiscard]] std::string_view view() const { return {bytes.data(), size}; }
};

/// One node of a path, of any bytes.
[[nodiscard]] GraphiteName graphite_node(std::string_view label);

/// The value of a tag, of any bytes; by the same rules, but every printable ASCII character stays,
/// save a blank, a `;`, and a `~` in front. Where a label is both, its node and its value may
/// differ.
[[nodiscard]] GraphiteName graphite_tag_value(std::string_view label);

/// What a person chose cannot be part of a name: what() says what is wrong, where, counted from 1,
/// and what is allowed.
class GraphiteNameError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// What may stand in the node of a label.
[[nodiscard]] bool is_graphite_node_byte(char c);

/// What a person may write literally, such as a prefix with dots that holds an API key: what carbon
/// stores and Graphite finds under the very name. Not a dot, which separates nodes.
[[nodiscard]] bool is_graphite_literal(char c);
inline constexpr std::string_view kLiteralsAllowed = "letters, digits and any of _-:#@+=";

/// Throws GraphiteNameError unless `text` is one or more nodes of such characters, separated by
/// dots. `what` begins the message, such as "the prefix".
void check_graphite_nodes(std::string_view what, std::string_view text);

}  // namespace proctally::formats
