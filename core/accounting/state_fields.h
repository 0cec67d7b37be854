#pragma once

#include <cmath>

#include "core/accounting/group_accounts.h"
#include "core/accounting/lineage.h"
#include "core/accounting/process.h"
#include "core/accounting/scan_stats.h"
#include "core/accounting/totals.h"
#include "core/kernel/process_exit.h"
#include "core/state_archive.h"
#include "core/time_point.h"

// What of the plain records survives a restart. Each is taken apart here, so that a new member does
// not compile before it is decided whether it does. A changed list is another layout: see
// Collector::kStateLayout.

namespace proctally {

template <typename Archive, Saved<TimePoint> Given>
void transfer(Archive& archive, Given& time) {
  auto& [wall_ns, monotonic_ns, boot_ns] = time;
  archive(wall_ns, monotonic_ns, boot_ns);
  archive.require(monotonic_ns >= 0 && boot_ns >= 0, "a time is negative");
}

namespace kernel {

template <typename Archive, Saved<ProcessExit> Given>
void transfer(Archive& archive, Given& exit) {
  auto& [pid, ppid, uid, comm, exe_device, exe_inode, run_ns, sampled_user_ns, sampled_system_ns,
         minor_faults, major_faults, read_chars, written_chars, read_calls, write_calls, read_bytes,
         written_bytes, voluntary_switches, involuntary_switches, may_be_thread] = exit;
  archive(pid, ppid, uid, comm, exe_device, exe_inode, run_ns, sampled_user_ns, sampled_system_ns,
          minor_faults, major_faults, read_chars, written_chars, read_calls, write_calls,
          read_bytes, written_bytes, voluntary_switches, involuntary_switches, may_be_thread);
  archive.require(pid > 0 && ppid >= 0, "a pid is negative");
}

}  // namespace kernel

namespace accounting {

template <typename Archive, Saved<ScanStats> Given>
void transfer(Archive& archive, Given& stats) {
  auto& [vanished, denied, malformed, unlisted, idle, read] = stats;
  archive(vanished, denied, malformed, unlisted);
}

template <typename Archive, Saved<Totals> Given>
void transfer(Archive& archive, Given& totals) {
  for_each_total([&](auto member) { archive(totals.*member); });
}

template <typename Archive, Saved<Counters> Given>
void transfer(Archive& archive, Given& counters) {
  auto& [totals, started, exited] = counters;
  archive(totals, started, exited);
}

template <typename Archive, Saved<ThreadName> Given>
void transfer(Archive& archive, Given& name) {
  auto& [totals, published, folded, threads, misses_io] = name;
  archive(totals, published, folded);
}

template <typename Archive, Saved<Account> Given>
void transfer(Archive& archive, Given& account) {
  // Whether it is configured, and its threads are read, the settings say; usage and gauges are of
  // one scan.
  auto& [label, is_configured, counters, published, folded, is_folded, activity_ns, usage, unwaited,
         gauges, reads_threads, threads, last_member_ns] = account;
  archive(label, counters, published, folded, is_folded, activity_ns, unwaited, last_member_ns,
          threads);
  archive.require(std::isfinite(activity_ns) && activity_ns >= 0 && last_member_ns >= 0,
                  "what is known of a group is out of range");
}

template <typename Archive, Saved<Reaped> Given>
void transfer(Archive& archive, Given& reaped) {
  auto& [seen, open, withheld_ns, io_known] = reaped;
  archive(seen, open, withheld_ns, io_known);
}

template <typename Archive, Saved<Process> Given>
void transfer(Archive& archive, Given& process) {
  // Its clock is not kept, so that it is read at once, and neither are its PSS and open files.
  auto& [pid, ppid, starttime_ticks, comm, is_kernel_thread, clock_ns, last, pending,
         pending_since_ns, has_work, pending_is_history, birth_pending, state, leader_ended,
         is_bereft, num_threads, rss_bytes, vms_bytes, swap_bytes, num_fds, fd_limit,
         fd_limit_known, fds_known, io_known, switches_known, switches_due, counts_whole_life,
         reaped, pss, naming, source, scans_waited, ran_since_named, is_recheck, group, rule,
         idle_scans, kept] = process;
  archive(pid, ppid, starttime_ticks, comm, is_kernel_thread, last, pending, pending_since_ns,
          has_work, pending_is_history, birth_pending, state, leader_ended, is_bereft, num_threads,
          rss_bytes, vms_bytes, swap_bytes, num_fds, fd_limit);
  archive.choice(fd_limit_known, Known::yes);
  archive.choice(fds_known, Known::yes);
  archive.choice(io_known, Known::yes);
  archive(switches_known, switches_due, counts_whole_life, reaped);
  archive.choice(naming, NamingState::named);
  archive.choice(source, GroupSource::parent);
  archive(is_recheck, group, rule);
  archive.require(pid > 0 && ppid >= 0 && pending_since_ns >= 0,
                  "what is known of a process is out of range");
}

template <typename Archive, Saved<Dead> Given>
void transfer(Archive& archive, Given& dead) {
  auto& [process, exit, is_closed] = dead;
  archive(process, is_closed);
  if constexpr (Archive::kReads) exit = kNoExit;
}

}  // namespace accounting
}  // namespace proctally
