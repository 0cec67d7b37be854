#include "core/procfs/pid_smaps_rollup.h"

#include "core/procfs/text.h"

namespace proctally::procfs {

std::optional<PidSmapsRollup> parse_pid_smaps_rollup(std::string_view text) {
  std::optional<std::uint64_t> pss;
  while (text.find('\n') != std::string_view::npos) {
    auto line = cut(text, '\n');
    const auto key = cut(line, ':');
    if (key != "Pss" && key != "SwapPss") continue;
    const auto kilobytes = parse_number<std::uint64_t>(cut_word(line));
    if (!kilobytes) return std::nullopt;
    if (key == "Pss") {
      pss = kilobytes;
    } else {
      // The kernel prints it behind the other.
      if (!pss) return std::nullopt;
      return PidSmapsRollup{.pss_kilobytes = *pss, .swap_pss_kilobytes = *kilobytes};
    }
  }
  return std::nullopt;
}

}  // namespace proctally::procfs
