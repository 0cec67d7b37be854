#include "core/procfs/host_meminfo.h"

#include "core/procfs/text.h"

namespace proctally::procfs {

std::optional<HostMeminfo> parse_host_meminfo(std::string_view text) {
  std::optional<std::uint64_t> total;
  std::optional<std::uint64_t> swap_total;
  std::optional<std::uint64_t> swap_free;
  while (text.find('\n') != std::string_view::npos) {
    auto line = cut(text, '\n');
    const auto key = cut(line, ':');
    auto* value = key == "MemTotal"    ? &total
                  : key == "SwapTotal" ? &swap_total
                  : key == "SwapFree"  ? &swap_free
                                       : nullptr;
    if (value != nullptr) *value = parse_number<std::uint64_t>(cut_word(line));
  }
  if (!total || !swap_total || !swap_free || *swap_free > *swap_total) return std::nullopt;
  return HostMeminfo{.total_kilobytes = *total, .swap_used_kilobytes = *swap_total - *swap_free};
}

}  // namespace proctally::procfs
