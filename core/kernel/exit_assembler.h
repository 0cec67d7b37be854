#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/kernel/exit_message.h"
#include "core/kernel/process_exit.h"

namespace proctally::kernel {

/// Makes processes of threads: keeps the sums of the dead threads of living processes until the
/// last one ends. Two threads that end at once may be heard of in the wrong order: what comes
/// after the last one is still added, until the process is taken; after that it is passed over.
class ExitAssembler {
 public:
  /// Living processes with dead threads; where there are more, all of them are forgotten at once.
  static constexpr std::size_t kMaxPartial = 8192;

  /// `max_ended` is how many ended processes are kept until they are taken.
  explicit ExitAssembler(std::size_t max_ended) : max_ended_(max_ended) {}

  /// False where the message ended a process for which there was no room.
  [[nodiscard]] bool add(const ExitMessage& message);

  /// Moves the processes that ended to the end of `exits`, in the order of their last messages.
  /// Complete where the socket was found empty before: a zombie has sent all its messages.
  void take(std::vector<ProcessExit>& exits);

  /// After a loss: the last thread of any process may be among the lost, and its pid be used again.
  /// The living ones will come with less than they did (run_ns and switches are kernel sums).
  void forget_partial();

  [[nodiscard]] std::size_t partial() const { return partial_.size(); }
  /// The living processes whose dead threads were forgotten.
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  /// The threads of one process, as far as heard of.
  struct Threads {
    ProcessExit sum;
    ExitMessage::Group group;
    bool has_leader = false;

    void add(const ExitMessage& message, pid_t tgid);
    [[nodiscard]] ProcessExit process() const;
  };
  struct Ended {
    Threads threads;
    std::size_t index = 0;  ///< In ended_.
  };

  [[nodiscard]] bool end(const ProcessExit& process);

  std::size_t max_ended_;
  std::vector<ProcessExit> ended_;
  std::unordered_map<pid_t, Threads> partial_;
  std::unordered_map<pid_t, Ended> just_ended_;  ///< Of several threads, not taken yet.
  std::unordered_set<pid_t> taken_;              ///< Of several threads, by the last take().
  std::uint64_t forgotten_ = 0;
};

}  // namespace proctally::kernel
