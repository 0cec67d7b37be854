#include "core/procfs/pid_status.h"

#include "core/procfs/text.h"

namespace proctally::procfs {

std::optional<PidStatus> parse_pid_status(std::string_view text) {
  if (!text.ends_with('\n')) return std::nullopt;
  PidStatus status;
  bool has_uid = false;
  while (!text.empty()) {
    auto line = cut(text, '\n');
    const auto key = cut(line, ':');
    if (key == "Uid") {
      (void)cut_word(line);  // The real user id; the effective one is second.
      const auto uid = parse_number<uid_t>(cut_word(line));
      if (!uid) return std::nullopt;
      status.effective_uid = *uid;
      has_uid = true;
    } else if (key == "VmSwap") {
      const auto kilobytes = parse_number<std::uint64_t>(cut_word(line));
      if (!kilobytes) return std::nullopt;
      status.swap_kilobytes = *kilobytes;
    }
  }
  if (!has_uid) return std::nullopt;
  return status;
}

}  // namespace proctally::procfs
