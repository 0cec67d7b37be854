#include "plugins/common/privileges.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdint>
#include <utility>

#include "core/naming/group_label.h"

namespace proctally::plugins {
namespace {

std::string own_program() {
  std::array<char, PATH_MAX> path{};
  const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : "proctally-exec";
}

std::uint32_t effective_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  return ::syscall(SYS_capget, &header, sets.data()) == 0 ? sets[0].effective : 0;
}

constexpr std::uint32_t kToReadAll = (1U << CAP_SYS_PTRACE) | (1U << CAP_DAC_READ_SEARCH);
constexpr std::uint32_t kToHearExits = 1U << CAP_NET_ADMIN;

}  // namespace

bool may_read_all_processes() { return (effective_capabilities() & kToReadAll) == kToReadAll; }

bool is_in_first_namespaces() {
  // include/linux/proc_ns.h, and since 6.18 include/uapi/linux/nsfs.h.
  constexpr ino_t kFirstUserNamespace = 0xEFFFFFFD;
  constexpr ino_t kFirstPidNamespace = 0xEFFFFFFC;
  const auto is = [](const char* path, ino_t number) {
    struct stat file {};
    return ::stat(path, &file) != 0 || file.st_ino == number;
  };
  return is("/proc/self/ns/user", kFirstUserNamespace) &&
         is("/proc/self/ns/pid", kFirstPidNamespace);
}

std::string advise_on_privileges(const Missing& missing) {
  auto useful = effective_capabilities();
  std::string text;
  if (missing.processes > 0) {
    useful |= kToReadAll;
    text = fmt::format(
        "the I/O or the descriptors of {} processes may not be read: those values are absent for "
        "their groups. CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH give them",
        missing.processes);
  }
  if (missing.exits) {
    useful |= kToHearExits;
    if (!text.empty()) text += "; ";
    text +=
        "processes that end between two scans have no names, and context switches are absent. "
        "CAP_NET_ADMIN gives both";
  }
  std::string names;
  for (const auto& [capability, name] : {std::pair(CAP_SYS_PTRACE, "cap_sys_ptrace"),
                                         std::pair(CAP_DAC_READ_SEARCH, "cap_dac_read_search"),
                                         std::pair(CAP_NET_ADMIN, "cap_net_admin")}) {
    if ((useful >> static_cast<unsigned>(capability) & 1U) == 0) continue;
    if (!names.empty()) names += ',';
    names += name;
  }
  return fmt::format("{}: setcap {}+ep {}", text, names, own_program());
}

}  // namespace proctally::plugins
