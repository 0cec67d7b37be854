#include "core/accounting/process_sampler.h"

#include <algorithm>
#include <limits>

#include "core/accounting/cpu_split.h"
#include "core/procfs/pid_io.h"
#include "core/procfs/pid_limits.h"
#include "core/procfs/pid_statm.h"
#include "core/procfs/pid_status.h"

namespace proctally::accounting {
namespace {

using procfs::PidFile;

// After so many scans without work the files of a process are closed again.
constexpr std::uint16_t kIdleScansToRelease = 30;

// From now on `pending` is the work of more than one scan, unless it was already.
void keep_waiting(Process& process, std::int64_t previous_scan_ns) {
  if (process.pending_since_ns == 0) process.pending_since_ns = previous_scan_ns;
}

}  // namespace

ReadStatus ProcessSampler::first_sight(pid_t pid, Process& process) {
  ++stats_.read;
  process = Process{};
  process.pid = pid;
  process.counts_whole_life = true;
  std::uint64_t clock_ns = 0;
  if (routes_.cpu == kernel::CpuRoute::process_clock) {
    if (const auto status = kernel_.cpu_clock(pid, clock_ns); status != ReadStatus::ok) {
      stats_.count(status);
      return status;
    }
  }
  const auto file = reader_.read(PidFile::stat, {pid}, nullptr);
  if (file.status != ReadStatus::ok) {
    stats_.count(file.status);
    return file.status;
  }
  const auto stat = procfs::parse_pid_stat(file.text);
  if (!stat) {
    stats_.count(ReadStatus::malformed);
    return ReadStatus::malformed;
  }
  process.starttime_ticks = stat->starttime_ticks;
  process.is_kernel_thread = stat->is_kernel_thread();
  update(process, *stat, clock_ns, Refresh::due, nullptr);
  return ReadStatus::ok;
}

void ProcessSampler::forget_reaped(Process& process) {
  if (!process.reaped) return;
  process.reaped->open = {};
  process.reaped->withheld_ns = 2 * units_.ns_per_tick;
  const auto io = read_reaped_io(process);
  process.reaped->io_known = io.has_value();
  if (io) copy(kIoTotals, *io, process.reaped->seen);
}

void ProcessSampler::forget_history(Process& process) {
  process.pending = {};
  process.has_work = false;
  process.counts_whole_life = false;
}

PollResult ProcessSampler::poll_again(Process& process) {
  std::uint64_t clock_ns = 0;
  if (routes_.cpu == kernel::CpuRoute::process_clock) {
    const auto status = kernel_.cpu_clock(process.pid, clock_ns);
    if (status != ReadStatus::ok) {
      return status == ReadStatus::vanished ? PollResult::ended : PollResult::unreadable;
    }
  }
  auto* kept = process.idle_scans == 0 ? &process.kept : nullptr;
  const auto file = reader_.read(PidFile::stat, {process.pid}, kept);
  const auto stat = procfs::parse_pid_stat(file.text);
  if (!stat) return is_gone(process.pid) ? PollResult::ended : PollResult::unreadable;
  if (stat->starttime_ticks != process.starttime_ticks) return PollResult::replaced;
  update_counters(process, *stat, clock_ns);
  if (stat->num_threads <= 1) process.state = stat->state;
  update_io(process, Refresh::not_due, kept);
  return PollResult::read;
}

bool ProcessSampler::is_gone(pid_t pid) {
  if (routes_.cpu == kernel::CpuRoute::process_clock) {
    std::uint64_t clock_ns = 0;
    return kernel_.cpu_clock(pid, clock_ns) == ReadStatus::vanished;
  }
  return reader_.read(PidFile::stat, {pid}, nullptr).status == ReadStatus::vanished;
}

PollResult ProcessSampler::poll(Process& process, Refresh refresh, std::int64_t previous_scan_ns) {
  std::uint64_t clock_ns = 0;
  if (routes_.cpu == kernel::CpuRoute::process_clock) {
    const auto status = kernel_.cpu_clock(process.pid, clock_ns);
    if (status == ReadStatus::vanished) return PollResult::ended;
    if (status != ReadStatus::ok) {
      stats_.count(status);
      keep_waiting(process, previous_scan_ns);
      return PollResult::unreadable;
    }
    if (clock_ns == process.clock_ns) {
      if (refresh == Refresh::due && !process.leader_ended) {
        update_memory(process, {process.pid}, refresh, nullptr);
      }
      if (!process.has_work) process.pending_since_ns = 0;
      if (process.idle_scans < std::numeric_limits<std::uint16_t>::max()) ++process.idle_scans;
      if (process.idle_scans == kIdleScansToRelease) reader_.release(process.kept);
      ++stats_.idle;
      return PollResult::idle;
    }
  }
  return poll_file(process, clock_ns, refresh, previous_scan_ns);
}

PollResult ProcessSampler::poll_file(Process& process, std::uint64_t clock_ns, Refresh refresh,
                                     std::int64_t previous_scan_ns) {
  ++stats_.read;
  // Worth an open file only for a process that works scan after scan.
  auto* kept = process.idle_scans == 0 ? &process.kept : nullptr;
  const auto file = reader_.read(PidFile::stat, {process.pid}, kept);
  const auto stat = procfs::parse_pid_stat(file.text);
  if (!stat) {
    stats_.count(file.status == ReadStatus::ok ? ReadStatus::malformed : file.status);
    keep_waiting(process, previous_scan_ns);
    // Where there is a clock, it decides on life and death, in the next scan.
    const bool may_have_ended =
        file.status == ReadStatus::vanished && routes_.cpu == kernel::CpuRoute::stat;
    return may_have_ended ? PollResult::ended : PollResult::unreadable;
  }
  if (stat->starttime_ticks != process.starttime_ticks) return PollResult::replaced;
  update(process, *stat, clock_ns, refresh, kept);
  process.idle_scans = 0;
  return PollResult::read;
}

bool ProcessSampler::is_ending(pid_t pid) {
  const auto stat = procfs::parse_pid_stat(reader_.read(PidFile::stat, {pid}, nullptr).text);
  return stat && stat->is_exiting();
}

void ProcessSampler::update(Process& process, const procfs::PidStat& stat, std::uint64_t clock_ns,
                            Refresh refresh, procfs::KeptFiles* kept) {
  if (process.comm != stat.comm) {
    process.comm = stat.comm;
    process.naming = NamingState::due;
    process.is_recheck = false;
  }
  process.state = stat.state;
  update_counters(process, stat, clock_ns);

  const auto task = path_of_living(process);
  update_memory(process, task, refresh, task.tid == 0 ? kept : nullptr);
  update_io(process, refresh, kept);
  update_fds(process, task, refresh);
}

void ProcessSampler::update_counters(Process& process, const procfs::PidStat& stat,
                                     std::uint64_t clock_ns) {
  process.ppid = stat.ppid;
  process.num_threads = stat.num_threads;
  process.has_work = true;
  process.switches_due = true;
  update_cpu(process, stat, clock_ns);
  Totals now = process.last;
  now.minor_faults = stat.minor_faults;
  now.major_faults = stat.major_faults;
  advance(process.last, process.pending, now, kFaultTotals);
  update_reaped(process, stat);
}

void ProcessSampler::update_reaped(Process& process, const procfs::PidStat& stat) const {
  Totals now;
  now.user_ns = stat.children_utime_ticks * units_.ns_per_tick;
  now.system_ns = stat.children_stime_ticks * units_.ns_per_tick;
  now.minor_faults = stat.children_minor_faults;
  now.major_faults = stat.children_major_faults;
  if (!process.reaped) {
    if (now == Totals{}) return;
    process.reaped = std::make_unique<Reaped>();
    process.reaped->io_known = true;  // Nothing of its own figures is a child's so far.
  }
  advance(process.reaped->seen, process.reaped->open, now, kCpuTotals);
  advance(process.reaped->seen, process.reaped->open, now, kFaultTotals);
  // The I/O of threads that end looks like that of children.
  if (process.num_threads > 1) process.reaped->io_known = false;
}

void ProcessSampler::update_cpu(Process& process, const procfs::PidStat& stat,
                                std::uint64_t clock_ns) const {
  Totals now = process.last;
  if (routes_.cpu == kernel::CpuRoute::process_clock) {
    // A kernel thread has no user mode, also where no tick has ever hit it.
    const auto stime_ticks = process.is_kernel_thread ? stat.stime_ticks + 1 : stat.stime_ticks;
    const auto split = split_cpu(clock_ns, stat.utime_ticks, stime_ticks,
                                 {process.last.user_ns, process.last.system_ns});
    now.user_ns = split.user_ns;
    now.system_ns = split.system_ns;
    process.clock_ns = clock_ns;
  } else {
    now.user_ns = stat.utime_ticks * units_.ns_per_tick;
    now.system_ns = stat.stime_ticks * units_.ns_per_tick;
  }
  advance(process.last, process.pending, now, kCpuTotals);
}

// A leader that has ended while other threads run is a zombie with neither memory nor files: those
// are seen through a thread that lives (scanning.md, trap 6).
procfs::TaskPath ProcessSampler::path_of_living(Process& process) {
  procfs::TaskPath task{process.pid};
  process.leader_ended = process.state == 'Z' && process.num_threads > 1;
  if (!process.leader_ended) return task;
  if (reader_.find_other_thread(process.pid, task.tid) != ReadStatus::ok) return {process.pid};
  const auto stat = procfs::parse_pid_stat(reader_.read(PidFile::stat, task, nullptr).text);
  if (stat) process.state = stat->state;
  return task;
}

void ProcessSampler::update_memory(Process& process, procfs::TaskPath task, Refresh refresh,
                                   procfs::KeptFiles* kept) {
  // How long smaps_rollup takes to read is foretold by the size.
  if (!has(families_, Family::memory) && !has(families_, Family::pss)) return;
  const auto file = reader_.read(PidFile::statm, task, kept);
  if (const auto statm = procfs::parse_pid_statm(file.text)) {
    process.rss_bytes = statm->resident_pages * units_.page_bytes;
    process.vms_bytes = statm->size_pages * units_.page_bytes;
  } else {
    stats_.count(file.status == ReadStatus::ok ? ReadStatus::malformed : file.status);
  }
  if (!host_has_swapped_) {
    process.swap_bytes = 0;
    return;
  }
  // Ten times as dear as statm, so it takes its turn.
  if (refresh == Refresh::not_due) return;
  const auto status_file = reader_.read(PidFile::status, task, nullptr);
  if (const auto status = procfs::parse_pid_status(status_file.text)) {
    constexpr std::uint64_t kKibibyte = 1024;
    process.swap_bytes = status->swap_kilobytes * kKibibyte;
  } else {
    stats_.count(status_file.status == ReadStatus::ok ? ReadStatus::malformed : status_file.status);
  }
}

std::optional<Totals> ProcessSampler::read_io(procfs::TaskPath task, procfs::KeptFiles* kept,
                                              ReadStatus& status) {
  const auto file = reader_.read(PidFile::io, task, kept);
  const auto io = procfs::parse_pid_io(file.text);
  status = io || file.status != ReadStatus::ok ? file.status : ReadStatus::malformed;
  if (!io) return std::nullopt;
  Totals totals;
  totals.read_chars = io->read_chars;
  totals.written_chars = io->written_chars;
  totals.read_calls = io->read_calls;
  totals.write_calls = io->write_calls;
  totals.read_bytes = io->read_bytes;
  totals.written_bytes = io->written_bytes;
  return totals;
}

// A process's own figures are those of its threads: signal->ioac, which the folder of a thread
// leaves out, holds its children and its dead threads (fs/proc/base.c do_io_accounting()).
std::optional<Totals> ProcessSampler::read_reaped_io(const Process& process) {
  if (process.io_known != Known::yes || process.num_threads != 1) return std::nullopt;
  ReadStatus status{};
  const auto own = read_io({process.pid, process.pid}, nullptr, status);
  if (!own) return std::nullopt;
  Totals reaped;
  for (const auto member : kIoTotals) reaped.*member = growth((*own).*member, process.last.*member);
  return reaped;
}

void ProcessSampler::update_io(Process& process, Refresh refresh, procfs::KeptFiles* kept) {
  if (!has(families_, Family::io) || !routes_.has_io) return;
  // Asking in each scan would fill the audit log of a host that records refusals.
  if (process.io_known == Known::denied && refresh == Refresh::not_due) return;
  ReadStatus status{};
  const auto io = read_io({process.pid}, kept, status);
  if (!io) {
    stats_.count(status);
    if (status == ReadStatus::denied && process.io_known != Known::yes) {
      process.io_known = Known::denied;
    } else {
      process.clock_ns = kNoClock;  // Also if it sleeps from now on: there is something to fetch.
    }
    return;
  }
  Totals now = process.last;
  copy(kIoTotals, *io, now);
  if (process.io_known != Known::yes && !process.counts_whole_life) {
    // What it did before it could be read is unknown history, whenever that reading comes.
    copy(kIoTotals, now, process.last);
  }
  process.io_known = Known::yes;
  advance(process.last, process.pending, now, kIoTotals);
}

void ProcessSampler::update_fds(Process& process, procfs::TaskPath task, Refresh refresh) {
  if (!has(families_, Family::fds)) return;
  if (process.state == 'Z') {
    process.num_fds = 0;
    process.fds_known = Known::yes;
    return;
  }
  update_fd_count(process, task, refresh);
  update_fd_limit(process, refresh);
}

void ProcessSampler::update_fd_count(Process& process, procfs::TaskPath task, Refresh refresh) {
  if (process.fds_known == Known::denied && refresh == Refresh::not_due) return;
  std::uint64_t count = 0;
  const auto status = reader_.count_fds(task, count);
  stats_.count(status);
  if (status == ReadStatus::ok) {
    process.num_fds = count;
    process.fds_known = Known::yes;
  } else if (status == ReadStatus::denied && process.fds_known == Known::no) {
    process.fds_known = Known::denied;
  }
}

void ProcessSampler::update_fd_limit(Process& process, Refresh refresh) {
  if (refresh == Refresh::not_due && process.fd_limit_known != Known::no) return;
  std::uint64_t limit = 0;
  if (routes_.cpu == kernel::CpuRoute::process_clock &&
      kernel_.open_files_soft_limit(process.pid, limit) == ReadStatus::ok) {
    process.fd_limit = limit;
    process.fd_limit_known = Known::yes;
    return;
  }
  const auto file = reader_.read(PidFile::limits, {process.pid}, nullptr);
  if (const auto soft_limit = procfs::parse_open_files_soft_limit(file.text)) {
    process.fd_limit = *soft_limit;
    process.fd_limit_known = Known::yes;
  } else {
    stats_.count(file.status == ReadStatus::ok ? ReadStatus::malformed : file.status);
    if (process.fd_limit_known == Known::no) process.fd_limit_known = Known::denied;
  }
}

}  // namespace proctally::accounting
