#pragma once

#include <cstdint>
#include <vector>

#include "core/accounting/process_table.h"
#include "core/accounting/pss_reader.h"
#include "core/accounting/scan_stats.h"

namespace proctally::accounting {

/// How long smaps_rollup may be read; see Settings.
struct PssLimits {
  std::int64_t budget_ns = 0;
  std::int64_t deadline_ns = 0;
};

/// Keeps the PSS of the processes in groups as young as its limits allow. Reading it walks all page
/// tables of the process under its mmap_lock, which stalls whoever maps memory there: so it is
/// read within a budget, and not at all of a process that is too large for the deadline. A reading
/// cannot be stopped; so how long it will take is foretold by the size, at the rate of those
/// before.
class PssSampler {
 public:
  /// `table` and `stats` outlive the sampler, and so does `reader`, which may be null: nothing is
  /// known.
  PssSampler(ProcessTable& table, PssReader* reader, ScanStats& stats)
      : table_(table), reader_(reader), stats_(stats) {}

  void set_limits(const PssLimits& limits) { limits_ = limits; }

  /// Once the processes are in their groups: takes what was read since the last scan and asks for
  /// the next ones. Monotonic time.
  void run(std::int64_t now_ns);

  /// The processes that would be, or were, read for longer than the deadline.
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
  /// The processes that are asked for and not known.
  [[nodiscard]] std::uint64_t awaited() const { return awaited_; }

 private:
  struct Candidate {
    PssRequest request;
    bool is_known = false;
    std::uint64_t change_bytes = 0;  ///< Of its size, since it was read.
    std::int64_t read_ns = 0;
    bool is_taken = false;
  };

  void take(const PssAnswer& answer, std::int64_t now_ns);
  void learn(const PssAnswer& answer);
  void consider(Process& process, std::int64_t now_ns);
  [[nodiscard]] double foretell_ns(const PssRecord& record, std::uint64_t size_bytes) const;
  void order();

  static bool is_more_urgent(const Candidate* a, const Candidate* b);
  static bool is_older(const Candidate* a, const Candidate* b);

  ProcessTable& table_;
  PssReader* reader_;
  ScanStats& stats_;
  PssLimits limits_;
  double ns_per_byte_ = kFirstNsPerByte;
  std::uint64_t turn_ = 0;  ///< Readings so far: each fourth is the oldest one's.
  std::uint64_t skipped_ = 0;
  std::uint64_t awaited_ = 0;
  // Kept between scans for their memory alone.
  std::vector<PssAnswer> answers_;
  std::vector<Candidate> candidates_;
  std::vector<Candidate*> by_urgency_;
  std::vector<Candidate*> by_age_;
  std::vector<PssRequest> requests_;

  // 100 ns for each page of 4 KiB: slower than what was ever reported (process-exporter #246).
  static constexpr double kFirstNsPerByte = 100.0 / 4096;
};

}  // namespace proctally::accounting
