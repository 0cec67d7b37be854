#pragma once

#include <functional>
#include <thread>

namespace proctally {

/// Starts the threads that may hang in the kernel, for every kind of slow reader: never more than
/// four, since none that hangs can be ended. Outlives the readers; used by the scan thread only.
class SlowThreads {
 public:
  /// A thread that gets no signals: those belong to the thread that scans. One without an id where
  /// there are four, or too many on this host. `name`: at most 15 bytes.
  [[nodiscard]] std::thread start(const char* name, std::function<void()> run);

 private:
  unsigned left_ = 4;
};

}  // namespace proctally
