#include "core/procfs/host_stat.h"

#include <array>

#include "core/procfs/text.h"

namespace proctally::procfs {
namespace {

std::optional<std::uint64_t> parse_busy_ticks(std::string_view columns) {
  // user nice system idle iowait irq softirq
  std::array<std::uint64_t, 7> ticks{};
  for (auto& column : ticks) {
    const auto number = parse_number<std::uint64_t>(cut_word(columns));
    if (!number) return std::nullopt;
    column = *number;
  }
  return ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6];
}

std::optional<std::uint64_t> find_boot_time(std::string_view text) {
  constexpr std::string_view kKey = "\nbtime ";
  const auto at = text.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + kKey.size());
  if (text.find('\n') == std::string_view::npos) return std::nullopt;
  return parse_number<std::uint64_t>(cut(text, '\n'));
}

}  // namespace

std::optional<HostStat> parse_host_stat(std::string_view text) {
  constexpr std::string_view kCpu = "cpu";
  HostStat host;
  host.boot_unix_seconds = find_boot_time(text);
  bool has_total = false;
  while (text.starts_with(kCpu)) {  // These lines come first.
    if (text.find('\n') == std::string_view::npos) return std::nullopt;
    auto line = cut(text, '\n');
    const auto key = cut_word(line);
    if (key == kCpu) {
      const auto busy = parse_busy_ticks(line);
      if (!busy) return std::nullopt;
      host.busy_ticks = *busy;
      has_total = true;
    } else if (parse_number<unsigned>(key.substr(kCpu.size()))) {
      ++host.online_cpus;
    }
  }
  // Something else has to follow, or the rest of the CPUs may be missing.
  if (text.size() < kCpu.size()) return std::nullopt;
  if (!has_total || host.online_cpus == 0) return std::nullopt;
  return host;
}

}  // namespace proctally::procfs
