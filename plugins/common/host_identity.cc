#include "plugins/common/host_identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/procfs/pid_stat.h"
#include "core/unique_fd.h"

namespace proctally::plugins {
namespace {

// A short file of procfs: one read gives all of it.
std::string read(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text{};
  const auto size = ::read(file.get(), text.data(), text.size());
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

}  // namespace

std::optional<std::string> identify_host(const std::string& procfs) {
  constexpr std::size_t kBootIdSize = 36;  // A UUID.
  auto boot_id = read("/proc/sys/kernel/random/boot_id");
  if (!boot_id.empty() && boot_id.back() == '\n') boot_id.pop_back();
  if (boot_id.size() != kBootIdSize) return std::nullopt;
  // With hidepid it is not readable, and 0.
  const auto text = read(procfs + "/1/stat");
  const auto first = procfs::parse_pid_stat(text);
  return fmt::format("{} {:020}", boot_id, first ? first->starttime_ticks : 0);
}

}  // namespace proctally::plugins
