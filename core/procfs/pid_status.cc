#include "core/procfs/pid_status.h"

#include "core/procfs/text.h"

namespace proctally::procfs {

std::optional<PidStatus> parse_pid_status(std::string_view text) {
  PidStatus status;
  bool has_uid = false;
  while (text.find('\n') != std::string_view::npos) {
    auto line = cut(text, '\n');
    const auto key = cut(line, ':');
    if (key == "Threads") {
      // First line behind those of the memory: a VmSwap would have been seen.
      return has_uid ? std::optional(status) : std::nullopt;
    }
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
  return std::nullopt;
}

}  // namespace proctally::procfs
