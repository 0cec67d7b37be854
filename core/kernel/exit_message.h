#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/kernel/process_exit.h"

namespace proctally::kernel {

/// One taskstats message: one thread that ended. Source: kernel/taskstats.c taskstats_exit().
struct ExitMessage {
  /// What the kernel adds to the last message of a process that had several threads. Dead threads
  /// are inside, also those that nobody heard of.
  struct Group {
    pid_t tgid = 0;
    std::uint64_t run_ns = 0;
    std::uint64_t voluntary_switches = 0;  ///< 0 before the kernels of 2026.
    std::uint64_t involuntary_switches = 0;

    friend bool operator==(const Group&, const Group&) = default;
  };

  pid_t tid = 0;
  std::optional<pid_t> tgid;    ///< Since version 12.
  bool is_last_thread = false;  ///< AGROUP; since version 12. Others' messages may come later.
  ProcessExit own;              ///< What this thread did; `pid` is its tid.
  std::optional<Group> group;

  friend bool operator==(const ExitMessage&, const ExitMessage&) = default;
};

/// Parses what follows the netlink header: a generic header and attributes, aligned to 4 bytes.
/// Every version of the structure from 8 on is understood; what a version or its length lacks is
/// 0. Nothing where it is cut short or nested in another way. Trusts no length.
[[nodiscard]] std::optional<ExitMessage> parse_exit_message(std::span<const std::byte> payload);

/// The same for the answer to a question about a process (TASKSTATS_CMD_ATTR_TGID).
[[nodiscard]] std::optional<ExitMessage::Group> parse_group_answer(
    std::span<const std::byte> payload);

}  // namespace proctally::kernel
