#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "formats/graphite_node.h"
#include "formats/graphite_template.h"

namespace proctally::formats {

inline constexpr std::string_view kDefaultGraphitePrefix = "proctally";

/// Less than this are all names of series, so that a line is below 4 KiB.
inline constexpr std::size_t kMaxSeriesBytes = 3072;

/// A part of proctally that has a row of its own, such as one of several destinations: `kind` is a
/// word of [a-z_] that sorts before "host" and is not "groupname", nor a metric's name, as a folder
/// of carbon's cannot well be a file too; `name` any bytes. Without a kind, proctally as a whole.
struct GraphiteSubject {
  std::string_view kind;
  std::string_view name;
};

/// How the series of one host are called, in one of two styles:
///
///     proctally.web01.nginx.num_procs                      a path, by the default template
///     proctally.web01.proctally_self.scan_seconds          and proctally's own
///     proctally.web01.proctally_self.destination.carbon_2003_cf6a7624.sent
///
///     proctally.num_procs;groupname=nginx;host=web01       tags
///     proctally_self.scan_seconds;host=web01
///     proctally_self.sent;destination=carbon:2003;host=web01
///
/// No group's series can be one of proctally's own: no group's node is kSelfNode, and with tags all
/// of a group's have the tag groupname, and proctally's own never do. Tags are sorted, and `host`
/// is the last: carbon takes a name that ends in `"}` for another format, and a host cannot end so.
///
/// A name has less than kMaxSeriesBytes, its nodes fit into file names; appending one allocates
/// nothing but the growth of `out`.
class GraphiteNames {
 public:
  /// `prefix`, and `host` as of host_node(), are nodes separated by dots. Throws GraphiteNameError
  /// where one is not, or where a name would become too long.
  [[nodiscard]] static GraphiteNames paths(const GraphiteTemplate& path, std::string_view prefix,
                                           std::string_view host);
  [[nodiscard]] static GraphiteNames tags(std::string_view prefix, std::string_view host);

  /// A label as append() takes it: to be made once for all metrics of a group.
  [[nodiscard]] GraphiteName group_of(std::string_view label) const;

  /// A metric of a group; `metric` is a name of the catalogue.
  void append(const GraphiteName& group, std::string_view metric, std::string& out) const;
  /// A metric of proctally's own: its name is like those of the catalogue, or is cleaned.
  void append_own(const GraphiteSubject& subject, std::string_view metric, std::string& out) const;

 private:
  enum class Style : std::uint8_t { group_first, metric_first, tagged };
  GraphiteNames() = default;

  Style style_ = Style::group_first;
  // A name is head_ first middle_ second tail_, but own_head_ metric tail_ with tags.
  std::string head_;
  std::string own_head_;
  std::string middle_;
  std::string tail_;
};

}  // namespace proctally::formats
