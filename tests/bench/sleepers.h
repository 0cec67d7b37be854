#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace proctally::bench {

/// Child processes that wait on a pipe. run_all() lets each of them run for a moment; they end with
/// this object.
class Sleepers {
 public:
  explicit Sleepers(std::size_t count);
  ~Sleepers();
  Sleepers(const Sleepers&) = delete;
  Sleepers& operator=(const Sleepers&) = delete;

  /// Wakes each once, and returns when all have run and sleep again.
  void run_all();
  [[nodiscard]] const std::vector<pid_t>& pids() const { return pids_; }

 private:
  std::vector<pid_t> pids_;
  int wake_write_ = -1;
  int done_read_ = -1;
};

}  // namespace proctally::bench
