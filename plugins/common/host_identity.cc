#include "plugins/common/host_identity.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "core/procfs/pid_stat.h"

namespace proctally::plugins {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
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
