#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace proctally::procfs {

/// The control group paths of /proc/PID/cgroup (its third column), in file order: one on a cgroup
/// v2 host, one per hierarchy with v1. Source: cgroups(7), kernel/cgroup/cgroup.c
/// proc_cgroup_show(). Lines that are not `id:controllers:path` are left out, and a
/// last line without its newline, whose path may be cut short.
[[nodiscard]] std::vector<std::string> parse_pid_cgroup(std::string_view text);

}  // namespace proctally::procfs
