#include "plugins/common/privileges.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "core/naming/group_label.h"

namespace proctally::plugins {
namespace {

std::string own_program() {
  std::array<char, PATH_MAX> path{};
  const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : "proctally-exec";
}

}  // namespace

bool may_read_all_processes() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
  constexpr auto kNeeded = (1U << CAP_SYS_PTRACE) | (1U << CAP_DAC_READ_SEARCH);
  return (sets[0].effective & kNeeded) == kNeeded;
}

std::string advise_on_privileges(std::size_t processes) {
  return fmt::format(
      "the I/O or the descriptors of {} processes may not be read: those values are absent for "
      "their groups. CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH give them: "
      "setcap cap_sys_ptrace,cap_dac_read_search+ep {}",
      processes, own_program());
}

}  // namespace proctally::plugins
