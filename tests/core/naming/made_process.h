#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/naming/process_facts.h"

namespace proctally::naming {

/// A process for tests of naming: owns what its facts point to. As it stands a daemon of which
/// everything could be read.
struct MadeProcess {
  pid_t pid = 23;
  std::string comm = "nginx";
  bool is_kernel_thread = false;
  std::int64_t start_unix_ns = 1'508'453'571'190'000'000;
  std::optional<uid_t> effective_uid = 33;
  std::optional<std::vector<std::string>> cgroups =
      std::vector<std::string>{"/system.slice/nginx.service"};
  bool is_answered = true;  ///< Whether a slow reader has answered.
  SlowFacts slow = {.cmdline = procfs::PidCmdline{.argv0 = "/usr/sbin/nginx",
                                                  .joined = "/usr/sbin/nginx -g daemon"},
                    .exe_path = "/usr/sbin/nginx",
                    .user_name = "www-data",
                    .exe_id = {}};

  /// With the command line that these arguments make.
  MadeProcess& run(const std::vector<std::string>& argv) {
    std::string bytes;
    for (const auto& argument : argv) bytes += argument + '\0';
    slow.cmdline = procfs::parse_pid_cmdline(bytes);
    return *this;
  }

  /// Valid as long as the process is neither changed nor gone.
  [[nodiscard]] ProcessFacts facts() const {
    return {.pid = pid,
            .comm = comm,
            .is_kernel_thread = is_kernel_thread,
            .start_unix_ns = start_unix_ns,
            .effective_uid = effective_uid,
            .cgroups = cgroups ? &*cgroups : nullptr,
            .slow = is_answered ? &slow : nullptr};
  }
};

}  // namespace proctally::naming
