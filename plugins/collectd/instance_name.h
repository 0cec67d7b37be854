#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace proctally::plugins::collectd {

/// The longest part of an identifier: DATA_MAX_NAME_LEN less the NUL.
inline constexpr std::size_t kMaxInstanceBytes = 127;

/// The plugin instance of a group, by its label (see naming/group_label.h). What would break an
/// identifier, a path of the csv plugin, a quoted PUTVAL, a label of Prometheus or a tag or pattern
/// of Graphite becomes '_', and so does what is not ASCII, of which collectd's JSON makes '?'; such
/// a name, and one that is too long, ends in ~ and a hash of the label so that two groups never
/// share an instance. The same in every scan and on every host.
[[nodiscard]] std::string instance_name(std::string_view label);

}  // namespace proctally::plugins::collectd
