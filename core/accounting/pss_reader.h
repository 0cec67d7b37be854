#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/procfs/blocking_files.h"
#include "core/procfs/pid_smaps_rollup.h"
#include "core/slow_threads.h"

namespace proctally::accounting {

/// One process whose smaps_rollup is wanted. It comes back with the answer: the start time tells a
/// reused pid, the rest what the reading is of.
struct PssRequest {
  pid_t pid = 0;
  std::uint64_t starttime_ticks = 0;
  std::int64_t asked_ns = 0;     ///< Monotonic time of the scan that asks.
  std::uint64_t size_bytes = 0;  ///< Of its memory then, resident and swapped out.
};

struct PssAnswer {
  PssRequest request;
  ReadStatus status = ReadStatus::failed;
  procfs::PidSmapsRollup rollup;  ///< Only where the status is ok.
  /// CPU time of the reading: so long the kernel was at the process's page tables. None: it is not
  /// back yet, and was given up; nothing else will come.
  std::optional<std::int64_t> took_ns;
};

/// Reads smaps_rollup off the scan path. Used by the scan thread only, which never waits for it.
class PssReader {
 public:
  PssReader() = default;
  PssReader(const PssReader&) = delete;
  PssReader& operator=(const PssReader&) = delete;
  virtual ~PssReader() = default;

  /// From now on reads these, in this order, for so much CPU time: a reading is begun while some is
  /// left, and the first in any case. What was requested before and is not begun is forgotten.
  virtual void request(std::span<const PssRequest> requests, std::int64_t budget_ns) = 0;

  /// Moves the answers that are there to the end of `answers`.
  virtual void collect(std::vector<PssAnswer>& answers) = 0;

  /// The threads that hang in the kernel at the moment.
  [[nodiscard]] virtual unsigned stuck() const = 0;
};

/// One thread that reads, made at the first request; a second one when that hangs. A thread that is
/// at one process for a second is given up: never joined, counted as stuck until it comes back.
class ThreadedPssReader final : public PssReader {
 public:
  /// `threads` outlives the reader.
  ThreadedPssReader(std::shared_ptr<procfs::BlockingFiles> files, SlowThreads& threads);
  /// Joins the threads that are at rest; one that hangs keeps its state alive for itself.
  ~ThreadedPssReader() override;

  void request(std::span<const PssRequest> requests, std::int64_t budget_ns) override;
  void collect(std::vector<PssAnswer>& answers) override;
  [[nodiscard]] unsigned stuck() const override;

 private:
  struct Shared;
  struct Worker;

  static void run(const std::shared_ptr<Shared>& shared, const std::shared_ptr<Worker>& worker);

  SlowThreads& threads_;
  std::shared_ptr<Shared> shared_;
  std::vector<std::shared_ptr<Worker>> workers_;
};

}  // namespace proctally::accounting
