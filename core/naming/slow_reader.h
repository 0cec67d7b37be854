#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/naming/process_facts.h"
#include "core/procfs/blocking_files.h"
#include "core/slow_threads.h"

namespace proctally::naming {

/// Which facts of which process are wanted. The start time comes back with the answer, which tells
/// a reused pid.
struct SlowRequest {
  pid_t pid = 0;
  std::uint64_t starttime_ticks = 0;
  std::optional<uid_t> effective_uid;
  FactNeeds needs;
  bool wants_exe_id = false;
};

struct SlowAnswer {
  pid_t pid = 0;
  std::uint64_t starttime_ticks = 0;
  std::optional<uid_t> effective_uid;  ///< As it was requested: whose name that is.
  SlowFacts facts;
};

/// Fetches, off the scan path, what may hang in the kernel. Used by the scan thread only.
class SlowReader {
 public:
  SlowReader() = default;
  SlowReader(const SlowReader&) = delete;
  SlowReader& operator=(const SlowReader&) = delete;
  virtual ~SlowReader() = default;

  /// May be dropped where too many wait already; then it is never answered.
  virtual void request(const SlowRequest& request) = 0;

  /// Moves the answers that are there to the end of `answers`, after waiting for those that come
  /// within the deadline. One that does not is answered by a later call, or never.
  virtual void collect(std::vector<SlowAnswer>& answers) = 0;

  /// The threads that hang in the kernel at the moment.
  [[nodiscard]] virtual unsigned stuck() const = 0;
};

/// One thread that reads; further ones, as far as SlowThreads goes, only when those before hang. A
/// thread that brings nothing for 20 ms is given up: not waited for, never joined, counted as stuck
/// until it comes back. No scan waits longer than half a second; what is answered later counts in
/// the next.
class ThreadedSlowReader final : public SlowReader {
 public:
  /// `threads` outlives the reader.
  ThreadedSlowReader(std::shared_ptr<procfs::BlockingFiles> files, SlowThreads& threads);
  /// Joins the threads that are at rest; one that hangs keeps its state alive for itself.
  ~ThreadedSlowReader() override;

  void request(const SlowRequest& request) override;
  void collect(std::vector<SlowAnswer>& answers) override;
  [[nodiscard]] unsigned stuck() const override;

 private:
  struct Shared;
  struct Worker;

  static void run(const std::shared_ptr<Shared>& shared, const std::shared_ptr<Worker>& worker);
  /// Whether there is one more.
  bool start_worker();

  SlowThreads& threads_;
  std::shared_ptr<Shared> shared_;
  std::vector<std::shared_ptr<Worker>> workers_;
};

}  // namespace proctally::naming
