#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/kernel/taskstats_socket.h"
#include "core/read_status.h"

namespace proctally::kernel {

/// The context switches of all threads of a process, dead threads included.
struct Switches {
  std::uint64_t voluntary = 0;
  std::uint64_t involuntary = 0;

  friend bool operator==(const Switches&, const Switches&) = default;
};

/// Tells the context switches of living processes. For one thread at a time.
/// TaskstatsSwitchCounter for the real one, a fake in tests.
class SwitchCounter {
 public:
  SwitchCounter() = default;
  SwitchCounter(const SwitchCounter&) = delete;
  SwitchCounter& operator=(const SwitchCounter&) = delete;
  virtual ~SwitchCounter() = default;

  /// `vanished` where no such process is, and where there is nothing to tell: a zombie whose
  /// switches are forgotten, a child that never ran. The id of a thread is taken for its process.
  virtual ReadStatus switches(pid_t pid, Switches& out) = 0;

  /// Half the cost of single questions. answers[i] is that of pids[i]; nothing where there is none.
  virtual void ask(std::span<const pid_t> pids, std::vector<std::optional<Switches>>& answers) = 0;
};

/// Asks taskstats for process totals. Needs CAP_NET_ADMIN. A thread that is just ending is counted
/// twice, for the microseconds between taskstats_exit() and exit_notify(): who keeps the highest
/// answer instead of starting again from a lower one is right again soon.
class TaskstatsSwitchCounter final : public SwitchCounter {
 public:
  /// Null where it cannot be: `status` says why. `not_usable` on kernels before 2026, whose answers
  /// forget what dead threads did; the test for that makes a thread, which takes milliseconds.
  [[nodiscard]] static std::unique_ptr<TaskstatsSwitchCounter> open(TaskstatsStatus& status);

  ReadStatus switches(pid_t pid, Switches& out) override;
  void ask(std::span<const pid_t> pids, std::vector<std::optional<Switches>>& answers) override;

 private:
  TaskstatsSwitchCounter() = default;

  [[nodiscard]] TaskstatsStatus start();
  [[nodiscard]] TaskstatsStatus keeps_dead_threads();

  TaskstatsSocket socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace proctally::kernel
