#include "formats/graphite_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "formats/graphite_node.h"

namespace proctally::formats {
namespace {

struct Placeholder {
  std::string_view text;
  GraphitePart part;
};
constexpr std::array<Placeholder, 4> kPlaceholders = {{{"{prefix}", GraphitePart::prefix},
                                                       {"{host}", GraphitePart::host},
                                                       {"{group}", GraphitePart::group},
                                                       {"{metric}", GraphitePart::metric}}};
constexpr std::string_view kPlaceholdersAllowed = "{prefix}, {host}, {group} and {metric}";

/// Reads one template from its beginning to its end.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<GraphitePiece> parse() {
    if (text_.empty()) fail("is empty; it must have {group} and {metric}");
    while (at_ < text_.size()) {
      if (text_[at_] == '{') {
        take_placeholder();
      } else {
        take_character();
      }
    }
    check_whole();
    return std::move(pieces_);
  }

 private:
  [[noreturn]] static void fail(const std::string& what) {
    throw GraphiteNameError("the template " + what);
  }

  void take_placeholder() {
    const auto end = text_.find('}', at_);
    if (end == std::string_view::npos) {
      fail(fmt::format("has a \"{{\" at position {} without its \"}}\"", at_ + 1));
    }
    const auto text = text_.substr(at_, end + 1 - at_);
    const auto* found = std::find_if(kPlaceholders.begin(), kPlaceholders.end(),
                                     [text](const auto& known) { return known.text == text; });
    if (found == kPlaceholders.end()) {
      fail(fmt::format("has something unknown in braces at position {}; known are {}", at_ + 1,
                       kPlaceholdersAllowed));
    }
    if (has(found->part)) fail(fmt::format("has {} again at position {}", text, at_ + 1));
    if (!pieces_.empty() && pieces_.back().part != GraphitePart::text) {
      fail(fmt::format("has {} at position {} right behind another; put a dot between them", text,
                       at_ + 1));
    }
    pieces_.push_back({found->part, {}});
    at_ = end + 1;
  }

  void take_character() {
    const char c = text_[at_];
    if (c == '.') {
      check_dot();
    } else if (!is_graphite_literal(c)) {
      fail(fmt::format(
          "has a character that is not allowed at position {}; allowed are {}, {}, and dots",
          at_ + 1, kPlaceholdersAllowed, kLiteralsAllowed));
    }
    if (pieces_.empty() || pieces_.back().part != GraphitePart::text) pieces_.emplace_back();
    pieces_.back().text += c;
    ++at_;
  }

  void check_dot() const {
    if (at_ > 0 && at_ + 1 < text_.size() && text_[at_ - 1] != '.') return;
    fail(fmt::format("has a dot at position {} that leaves a node empty", at_ + 1));
  }

  [[nodiscard]] bool has(GraphitePart part) const {
    return std::any_of(pieces_.begin(), pieces_.end(),
                       [part](const auto& piece) { return piece.part == part; });
  }

  void check_whole() const {
    for (const auto part : {GraphitePart::group, GraphitePart::metric}) {
      if (has(part)) continue;
      fail(fmt::format("has no {}; it must have {{group}} and {{metric}}",
                       part == GraphitePart::group ? "{group}" : "{metric}"));
    }
    bool is_between = false;
    for (const auto& piece : pieces_) {
      if (piece.part == GraphitePart::group || piece.part == GraphitePart::metric) {
        is_between = !is_between;
      } else if (is_between && piece.text.find('.') != std::string::npos) {
        return;
      }
    }
    fail(
        "has {group} and {metric} in one node; there must be a dot between them, so that no two "
        "groups can have the same series");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<GraphitePiece> pieces_;
};

}  // namespace

GraphiteTemplate::GraphiteTemplate(std::string_view text) : pieces_(Parser(text).parse()) {}

}  // namespace proctally::formats
