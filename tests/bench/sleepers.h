#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace proctally::bench {

/// Child processes that sleep. run_all() lets each of them run for a moment; they end with this
/// object.
class Sleepers {
 public:
  explicit Sleepers(std::size_t count);
  ~Sleepers();
  Sleepers(const Sleepers&) = delete;
  Sleepers& operator=(const Sleepers&) = delete;

  /// Wakes each once, and returns when all have run.
  void run_all();
  [[nodiscard]] const std::vector<pid_t>& pids() const { return pids_; }

 private:
  struct Shared;  ///< In memory that the children share.

  Shared* shared_;
  std::vector<pid_t> pids_;
};

}  // namespace proctally::bench
