#pragma once

#include <cstdint>
#include <optional>

#include "core/accounting/process.h"
#include "core/accounting/scan_stats.h"
#include "core/kernel/kernel_calls.h"
#include "core/kernel/routes.h"
#include "core/metrics.h"
#include "core/procfs/pid_stat.h"
#include "core/procfs/proc_reader.h"

namespace proctally::accounting {

/// The kernel's units, from sysconf(3).
struct HostUnits {
  std::uint64_t ns_per_tick = 10'000'000;  ///< 1e9 / _SC_CLK_TCK
  std::uint64_t page_bytes = 4096;         ///< _SC_PAGESIZE
};

/// Whether what may change while a process sleeps is read again now.
enum class Refresh : std::uint8_t {
  not_due,
  when_read,  ///< Only if the process is read anyway.
  due,
};

enum class PollResult : std::uint8_t {
  idle,        ///< Its clock stood still: nothing cumulative changed.
  read,        ///< Read anew; what it did meanwhile is pending.
  unreadable,  ///< Not this time. Everything stays as it was, and nothing is lost.
  ended,       ///< Gone.
  replaced,    ///< The pid belongs to another process now.
};

/// Reads one process after another and keeps its record up to date. Reads as little as proves
/// that the record is right: the CPU clock always, files only when it moved.
class ProcessSampler {
 public:
  /// `stats` counts what could not be read. All outlive the sampler.
  ProcessSampler(procfs::ProcReader& reader, kernel::KernelCalls& kernel,
                 const kernel::Routes& routes, const HostUnits& units, ScanStats& stats)
      : reader_(reader), kernel_(kernel), routes_(routes), units_(units), stats_(stats) {}

  void set_families(const FamilySet& families) { families_ = families; }
  /// Before each scan. `host_has_swapped`: without swap in use no process is asked for its part.
  void set_host_has_swapped(bool host_has_swapped) { host_has_swapped_ = host_has_swapped; }

  /// Fills a new record of `pid`; its whole life so far is pending. On anything but ok there is
  /// nothing to remember yet.
  ReadStatus first_sight(pid_t pid, Process& process);

  /// Makes what children left so far to a process just seen its baseline: they died before.
  void forget_reaped(Process& process);
  /// Makes the life so far of a process just seen its baseline: nothing of it will count.
  static void forget_history(Process& process);

  /// Reads what changed. `previous_scan_ns` is the monotonic time of the last scan.
  PollResult poll(Process& process, Refresh refresh, std::int64_t previous_scan_ns);

  /// Reads the counters of one that was polled before in this scan once more: what happened
  /// meanwhile is in them.
  PollResult poll_again(Process& process);

  /// How much of the process's I/O, as last read, is that of children it waited for. Nothing where
  /// that cannot be told, as of one with several threads.
  [[nodiscard]] std::optional<Totals> read_reaped_io(const Process& process);

  /// Closes the files that are kept of one that is gone.
  void close(Process& process) { reader_.release(process.kept); }

  /// Whether nothing of that pid is left, not even a zombie.
  [[nodiscard]] bool is_gone(pid_t pid);
  /// Whether a process of that pid has ended and is not waited for so far.
  [[nodiscard]] bool is_ending(pid_t pid);

 private:
  PollResult poll_file(Process& process, std::uint64_t clock_ns, Refresh refresh,
                       std::int64_t previous_scan_ns);
  void update(Process& process, const procfs::PidStat& stat, std::uint64_t clock_ns,
              Refresh refresh, procfs::KeptFiles* kept);
  void update_counters(Process& process, const procfs::PidStat& stat, std::uint64_t clock_ns);
  void update_reaped(Process& process, const procfs::PidStat& stat) const;
  void update_cpu(Process& process, const procfs::PidStat& stat, std::uint64_t clock_ns) const;
  void update_memory(Process& process, procfs::TaskPath task, Refresh refresh,
                     procfs::KeptFiles* kept);
  std::optional<Totals> read_io(procfs::TaskPath task, procfs::KeptFiles* kept, ReadStatus& status);
  void update_io(Process& process, Refresh refresh, procfs::KeptFiles* kept);
  void update_fds(Process& process, procfs::TaskPath task, Refresh refresh);
  void update_fd_count(Process& process, procfs::TaskPath task, Refresh refresh);
  void update_fd_limit(Process& process, Refresh refresh);
  procfs::TaskPath path_of_living(Process& process);

  procfs::ProcReader& reader_;
  kernel::KernelCalls& kernel_;
  kernel::Routes routes_;
  HostUnits units_;
  ScanStats& stats_;
  FamilySet families_;
  bool host_has_swapped_ = true;
};

}  // namespace proctally::accounting
