#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace proctally::formats {

enum class GraphitePart : std::uint8_t {
  text,  ///< Literally what stands in the template.
  prefix,
  host,
  group,
  metric,
};

struct GraphitePiece {
  GraphitePart part = GraphitePart::text;
  std::string text;  ///< Of GraphitePart::text only.
};

inline constexpr std::string_view kDefaultGraphiteTemplate = "{prefix}.{host}.{group}.{metric}";

/// What a path in Graphite is made of, valid: {prefix}, {host}, {group} and {metric}, each once at
/// most, the latter two in any case, and literal text between any two of them. No node of a path
/// made by it is empty. {group} and {metric} are in different nodes, so that no two groups can
/// write the same series: with `{group}_{metric}`, x_disk's read_bytes would be x's
/// disk_read_bytes.
class GraphiteTemplate {
 public:
  /// Throws GraphiteNameError: the first thing that is wrong, where, counted from 1, and what is
  /// allowed.
  explicit GraphiteTemplate(std::string_view text = kDefaultGraphiteTemplate);

  [[nodiscard]] const std::vector<GraphitePiece>& pieces() const& { return pieces_; }
  void pieces() const&& = delete;  ///< They would be gone before they are read.

 private:
  std::vector<GraphitePiece> pieces_;
};

}  // namespace proctally::formats
