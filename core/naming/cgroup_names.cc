#include "core/naming/cgroup_names.h"

#include <algorithm>
#include <array>

#include "core/procfs/text.h"

namespace proctally::naming {
namespace {

bool names_a_unit(std::string_view part) {
  constexpr std::array<std::string_view, 5> kSuffixes = {".service", ".scope", ".socket", ".mount",
                                                         ".swap"};
  return std::any_of(kSuffixes.begin(), kSuffixes.end(), [part](std::string_view suffix) {
    return part.size() > suffix.size() && part.ends_with(suffix);
  });
}

}  // namespace

std::string systemd_unit(const std::vector<std::string>& cgroups) {
  for (const std::string_view path : cgroups) {
    auto rest = path;
    while (!rest.empty()) {
      const auto part = procfs::cut(rest, '/');
      if (names_a_unit(part)) return std::string(part);
    }
  }
  return {};
}

std::string container_id(const std::vector<std::string>& cgroups) {
  constexpr std::size_t kIdDigits = 64;
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  for (const std::string_view path : cgroups) {
    // The innermost one, for containers in containers.
    auto end = path.find_last_of(kHexDigits);
    while (end != std::string_view::npos) {
      const auto before = path.find_last_not_of(kHexDigits, end);
      const auto begin = before == std::string_view::npos ? 0 : before + 1;
      if (end - begin + 1 == kIdDigits) return std::string(path.substr(begin, kIdDigits));
      end = begin == 0 ? std::string_view::npos : path.find_last_of(kHexDigits, begin - 1);
    }
  }
  return {};
}

}  // namespace proctally::naming
