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

std::optional<TaskSwitches> parse_task_switches(std::string_view text) {
  // A list of groups without a limit stands before them.
  const auto begin = text.rfind("\nvoluntary_ctxt_switches:");
  if (begin == std::string_view::npos || !text.ends_with('\n')) return std::nullopt;
  text.remove_prefix(begin + 1);
  const auto cut_counter = [&text](std::string_view key) -> std::optional<std::uint64_t> {
    auto line = cut(text, '\n');
    if (cut(line, ':') != key) return std::nullopt;
    return parse_number<std::uint64_t>(cut_word(line));
  };
  const auto voluntary = cut_counter("voluntary_ctxt_switches");
  const auto involuntary = cut_counter("nonvoluntary_ctxt_switches");
  if (!voluntary || !involuntary) return std::nullopt;
  return TaskSwitches{.voluntary = *voluntary, .involuntary = *involuntary};
}

}  // namespace proctally::procfs
