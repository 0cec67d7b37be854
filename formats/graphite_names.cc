#include "formats/graphite_names.h"

#include <fmt/format.h>

#include <algorithm>

namespace proctally::formats {
namespace {

// What append_own() adds stays below the rest of kMaxSeriesBytes.
constexpr std::size_t kMaxGroupSeriesBytes = 2048;
static_assert(kMaxGroupSeriesBytes + kSelfNode.size() + 4 * kMaxNodeBytes < kMaxSeriesBytes);

void check_size(std::size_t size) {
  if (size <= kMaxGroupSeriesBytes) return;
  throw GraphiteNameError(fmt::format("the names of series would have up to {} bytes, {} at most",
                                      size, kMaxGroupSeriesBytes));
}

/// `path` is the longest of its kind.
void check_nodes(std::string_view path) {
  check_size(path.size());
  while (!path.empty()) {
    const auto size = std::min(path.find('.'), path.size());
    if (size > kMaxNodeFileBytes) {
      throw GraphiteNameError(fmt::format(
          "the names of series would have nodes of up to {} bytes, {} at most, as carbon "
          "makes files of them: \"{}...\"",
          size, kMaxNodeFileBytes, path.substr(0, 60)));
    }
    path.remove_prefix(std::min(size + 1, path.size()));
  }
}

}  // namespace

GraphiteNames GraphiteNames::paths(const GraphiteTemplate& path, std::string_view prefix,
                                   std::string_view host) {
  check_graphite_nodes("the prefix", prefix);
  check_graphite_nodes("the host", host);
  GraphiteNames names;
  std::string* text = &names.head_;
  for (const auto& piece : path.pieces()) {
    switch (piece.part) {
      case GraphitePart::text:
        *text += piece.text;
        break;
      case GraphitePart::prefix:
        *text += prefix;
        break;
      case GraphitePart::host:
        *text += host;
        break;
      case GraphitePart::group:
      case GraphitePart::metric:
        if (text == &names.head_ && piece.part == GraphitePart::metric) {
          names.style_ = Style::metric_first;
        }
        text = text == &names.head_ ? &names.middle_ : &names.tail_;
        break;
    }
  }
  const std::string longest(kMaxNodeBytes, 'x');
  check_nodes(names.head_ + longest + names.middle_ + longest + names.tail_);
  return names;
}

GraphiteNames GraphiteNames::tags(std::string_view prefix, std::string_view host) {
  check_graphite_nodes("the prefix", prefix);
  check_graphite_nodes("the host", host);
  GraphiteNames names;
  names.style_ = Style::tagged;
  names.head_ = fmt::format("{}.", prefix);
  names.own_head_ = fmt::format("{}_self.", prefix);
  names.middle_ = ";groupname=";
  names.tail_ = fmt::format(";host={}", host);
  check_size(names.own_head_.size() + names.middle_.size() + names.tail_.size() +
             2 * kMaxNodeBytes);
  return names;
}

GraphiteName GraphiteNames::group_of(std::string_view label) const {
  return style_ == Style::tagged ? graphite_tag_value(label) : graphite_node(label);
}

void GraphiteNames::append(const GraphiteName& group, std::string_view metric,
                           std::string& out) const {
  const bool is_group_first = style_ == Style::group_first;
  out += head_;
  out += is_group_first ? group.view() : metric;
  out += middle_;
  out += is_group_first ? metric : group.view();
  out += tail_;
}

void GraphiteNames::append_own(const GraphiteSubject& subject, std::string_view metric,
                               std::string& out) const {
  const auto leaf = graphite_node(metric);
  const auto append_group = [&] {
    out += kSelfNode;
    if (subject.kind.empty()) return;
    out += '.';
    out += graphite_node(subject.kind).view();
    out += '.';
    out += graphite_node(subject.name).view();
  };
  switch (style_) {
    case Style::tagged:
      out += own_head_;
      out += leaf.view();
      if (!subject.kind.empty()) {
        out += ';';
        out += graphite_node(subject.kind).view();
        out += '=';
        out += graphite_tag_value(subject.name).view();
      }
      break;
    case Style::group_first:
      out += head_;
      append_group();
      out += middle_;
      out += leaf.view();
      break;
    case Style::metric_first:
      out += head_;
      out += leaf.view();
      out += middle_;
      append_group();
      break;
  }
  out += tail_;
}

}  // namespace proctally::formats
