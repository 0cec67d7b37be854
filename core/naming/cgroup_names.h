#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace proctally::naming {

/// The systemd unit that a process runs in, such as "nginx.service": the first part of a cgroup
/// path that names a unit but no slice. Empty outside systemd.
[[nodiscard]] std::string systemd_unit(const std::vector<std::string>& cgroups);

/// The container id in a cgroup path: 64 hexadecimal digits, which Docker, containerd, CRI-O and
/// Podman all use, whatever stands around them. Empty outside a container.
[[nodiscard]] std::string container_id(const std::vector<std::string>& cgroups);

}  // namespace proctally::naming
