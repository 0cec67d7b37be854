#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/accounting/group_accounts.h"
#include "core/accounting/process.h"
#include "core/accounting/scan_stats.h"
#include "core/metrics.h"
#include "core/procfs/pid_stat.h"
#include "core/procfs/proc_reader.h"

namespace proctally::accounting {

/// Reads the threads of processes whose group asks for them, and books what they did to their
/// names. Of all others it reads and keeps nothing. A process whose clock stood still has no thread
/// that ran; of the others each thread's run time is read, and more only where that moved.
class ThreadSampler {
 public:
  /// `stats` counts what could not be read. All outlive the sampler.
  ThreadSampler(procfs::ProcReader& reader, GroupAccounts& accounts, std::uint64_t ns_per_tick,
                ScanStats& stats)
      : reader_(reader), accounts_(accounts), ns_per_tick_(ns_per_tick), stats_(stats) {}

  /// Of threads too, a family that is off is not read. `has_io` as in kernel::Routes.
  void set_families(const FamilySet& families, bool has_io);

  /// Boot time and monotonic time of the scan.
  void begin_scan(std::uint64_t now_ticks, std::int64_t now_ns);
  /// Once for each process that lives, named as far as it can be, and before its pending work is on
  /// its group's account.
  void sample(const Process& process);
  /// When all of the scan is on the accounts of groups.
  void finish();

 private:
  using Slot = NamedSlots<ThreadName>::Id;

  struct Thread {
    bool is_known = false;  ///< Read at least once.
    std::uint64_t starttime_ticks = 0;
    std::string comm;
    std::uint64_t run_ns = 0;  ///< As of the last complete reading. 0: the kernel does not tell.
    Totals last;               ///< The last figures of the kernel.
    bool counts_whole_life = false;
    bool switches_known = false;
    Known io_known = Known::no;
    Slot name = 0;              ///< In its group's ThreadAccounts.
    std::optional<Slot> wchan;  ///< Likewise.
  };
  /// Of one process.
  struct Threads {
    std::uint64_t starttime_ticks = 0;
    std::uint64_t scan = 0;  ///< The last one that saw the process.
    GroupId group = kNoGroup;
    bool is_listed = false;          ///< At least once;
    std::uint64_t listed_ticks = 0;  ///< then for the first time.
    std::uint64_t cpu_ns = 0;        ///< Of the process, when its threads were last read.
    bool counts_whole_life = false;
    bool is_incomplete = true;  ///< Something is to be read, also if it sleeps from now on.
    std::map<pid_t, Thread> by_tid;
  };
  enum class Outcome : std::uint8_t { known, unreadable, ended };

  void join(Threads& threads, GroupId group);
  void read(const Process& process, Threads& threads, ThreadAccounts& account);
  Outcome read_thread(const Process& process, procfs::TaskPath task, const Threads& threads,
                      Thread& thread, Totals& work);
  Outcome read_run_ns(procfs::TaskPath task, std::uint64_t& run_ns);
  Outcome read_switches(procfs::TaskPath task, Thread& thread, Totals& now);
  Outcome read_io(const Process& process, procfs::TaskPath task, Thread& thread, Totals& now);
  void read_wchan(procfs::TaskPath task, ThreadAccounts& account, Thread& thread);
  Outcome not_read(ReadStatus status);
  void update_cpu(const Process& process, const procfs::PidStat& stat, std::uint64_t run_ns,
                  const Thread& thread, Totals& now) const;
  void count(const Threads& threads, ThreadAccounts& account) const;

  procfs::ProcReader& reader_;
  GroupAccounts& accounts_;
  const std::uint64_t ns_per_tick_;
  ScanStats& stats_;
  FamilySet families_;
  bool has_io_ = false;

  std::uint64_t scan_ = 0;
  std::uint64_t now_ticks_ = 0;
  std::int64_t now_ns_ = 0;
  std::unordered_map<pid_t, Threads> known_;
  std::vector<pid_t> tids_;  ///< Kept for its memory alone.
};

}  // namespace proctally::accounting
