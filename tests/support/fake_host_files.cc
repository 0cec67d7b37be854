// What a FakeHost answers to those who read it: the kernel's own text.
#include <fmt/format.h>

#include <algorithm>

#include "tests/support/fake_host.h"

namespace proctally::test {

using procfs::HostFile;
using procfs::PidFile;
using procfs::ReadResult;

ReadStatus FakeHost::list(std::vector<pid_t>& pids) {
  ++counts.listings;
  pids.clear();
  for (const auto& [pid, process] : processes_) {
    if (!hidden_.contains(pid)) pids.push_back(pid);
  }
  return ReadStatus::ok;
}

ReadResult FakeHost::read(HostFile file) {
  char* const begin = buffer_.data();
  char* end = nullptr;
  switch (file) {
    case HostFile::stat:
      end = fmt::format_to(begin, "cpu  {} 0 0 1000 0 0 0 0 0 0\n", busy_ticks);
      for (unsigned cpu = 0; cpu < online_cpus; ++cpu) {
        end = fmt::format_to(end, "cpu{} 1 0 0 1000 0 0 0 0 0 0\n", cpu);
      }
      end = fmt::format_to(end, "btime {}\n", boot_unix_seconds);
      break;
    case HostFile::loadavg:
      end = fmt::format_to(begin, "0.00 0.01 0.05 1/{} {}\n", processes_.size(), last_pid);
      break;
    case HostFile::meminfo:
      end = fmt::format_to(begin, "MemTotal: {} kB\nSwapTotal: 500000 kB\nSwapFree: {} kB\n",
                           memory_kilobytes, 500'000 - swap_used_kilobytes);
      break;
  }
  return {ReadStatus::ok, {begin, static_cast<std::size_t>(end - begin)}};
}

std::size_t FakeHost::write_file(PidFile file, const FakeProcess& process, pid_t tid) {
  char* const begin = buffer_.data();
  char* end = nullptr;
  const bool is_thread = tid != 0;
  const bool is_bare_zombie = process.state == 'Z' && !is_thread;
  switch (file) {
    case PidFile::stat:
      end = fmt::format_to(
          begin,
          "{} ({}) {} {} {} {} 0 -1 {} {} {} {} {} {} {} {} {} 20 0 {} 0 {} {} {} 184467 1 1 0 0\n",
          process.pid, process.comm, is_thread ? process.other_thread_state : process.state,
          process.ppid, process.pid, process.pid,
          (process.is_kernel_thread ? 0x200040 : 0x400000) | (process.state == 'Z' ? 4 : 0),
          process.minor_faults, process.reaped.minor_faults, process.major_faults,
          process.reaped.major_faults, process.utime_ticks, process.stime_ticks,
          process.reaped.user_ns / ns_per_tick, process.reaped.system_ns / ns_per_tick,
          process.num_threads, process.starttime_ticks, process.size_pages * kPageBytes,
          process.rss_pages);
      break;
    case PidFile::statm:
      end = is_bare_zombie
                ? fmt::format_to(begin, "0 0 0 0 0 0 0\n")
                : fmt::format_to(begin, "{} {} 10 1 0 30 0\n", process.size_pages,
                                 is_thread ? process.other_thread_rss_pages : process.rss_pages);
      break;
    case PidFile::io: {
      auto io = process.io;
      if (!is_thread) io += process.reaped.io;
      end = fmt::format_to(begin,
                           "rchar: {}\nwchar: {}\nsyscr: {}\nsyscw: {}\nread_bytes: {}\n"
                           "write_bytes: {}\ncancelled_write_bytes: 0\n",
                           io.read_chars, io.written_chars, io.read_calls, io.write_calls,
                           io.read_bytes, io.written_bytes);
      break;
    }
    case PidFile::status:
      end = fmt::format_to(begin,
                           "Name:\tx\nUid:\t{0}\t{0}\t{0}\t{0}\nVmSwap:\t{1} kB\nThreads:\t1\n"
                           "voluntary_ctxt_switches:\t{2}\nnonvoluntary_ctxt_switches:\t{3}\n",
                           process.uid, process.swap_kilobytes, process.switches.voluntary,
                           process.switches.involuntary);
      break;
    case PidFile::cgroup:
      end = fmt::format_to(begin, "0::{}\n", process.cgroup);
      break;
    case PidFile::limits:
      end = fmt::format_to(begin,
                           "Limit                     Soft Limit           Hard Limit\n"
                           "Max open files            {}                 4096       files\n",
                           process.fd_limit);
      break;
    case PidFile::schedstat:
      end = fmt::format_to(begin, "{} 0 1\n", process.clock_ns);
      break;
    case PidFile::wchan:
      end = fmt::format_to(begin, "{}", process.wchan);
      break;
  }
  return static_cast<std::size_t>(end - begin);
}

std::size_t FakeHost::write_thread_file(PidFile file, const FakeProcess& process, pid_t tid) {
  const auto& thread = process.threads.at(tid);
  auto own = process;
  own.pid = tid;
  own.comm = thread.comm;
  own.starttime_ticks = thread.starttime_ticks;
  own.clock_ns = thread.run_ns;
  own.utime_ticks = thread.utime_ticks;
  own.stime_ticks = thread.stime_ticks;
  own.minor_faults = thread.minor_faults;
  own.major_faults = thread.major_faults;
  own.switches = thread.switches;
  own.io = thread.io;
  own.reaped.io = {};
  own.wchan = thread.wchan;
  return write_file(file, own, 0);
}

ReadResult FakeHost::read(PidFile file, procfs::TaskPath task, procfs::KeptFiles* /*kept*/) {
  ++counts.files;
  ++counts.by_file[file];
  const auto found = processes_.find(task.pid);
  if (found == processes_.end()) return {ReadStatus::vanished, {}};
  const auto fault = faults_.find({task.pid, file});
  if (fault != faults_.end() && fault->second.status != ReadStatus::ok) {
    return {fault->second.status, {}};
  }
  const auto& process = found->second;
  if (task.tid != 0) {
    ++counts.tasks;
    const auto thread_fault = thread_faults_.find({task.pid, task.tid, file});
    if (thread_fault != thread_faults_.end()) return {thread_fault->second, {}};
    const bool is_there =
        process.threads.contains(task.tid) ||
        (process.threads.empty() && (task.tid == task.pid || task.tid == process.other_thread));
    if (!is_there) return {ReadStatus::vanished, {}};
  }
  if (file == PidFile::schedstat && !has_schedstat) return {ReadStatus::vanished, {}};
  auto size = task.tid != 0 && process.threads.contains(task.tid)
                  ? write_thread_file(file, process, task.tid)
                  : write_file(file, process, task.tid);
  if (fault != faults_.end()) size = std::min(size, fault->second.bytes.value_or(size));
  return {ReadStatus::ok, {buffer_.data(), size}};
}

void FakeHost::release(procfs::KeptFiles& /*kept*/) {}

ReadStatus FakeHost::find_other_thread(pid_t pid, pid_t& tid) {
  const auto found = processes_.find(pid);
  if (found == processes_.end() || found->second.other_thread == 0) return ReadStatus::vanished;
  tid = found->second.other_thread;
  return ReadStatus::ok;
}

ReadStatus FakeHost::list_threads(pid_t pid, std::vector<pid_t>& tids) {
  ++counts.tasks;
  tids.clear();
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return ReadStatus::vanished;
  if (const auto fault = listing_faults_.find(pid); fault != listing_faults_.end()) {
    return fault->second;
  }
  const auto& process = found->second;
  if (process.threads.empty()) tids.push_back(pid);
  if (process.threads.empty() && process.other_thread != 0) tids.push_back(process.other_thread);
  for (const auto& [tid, thread] : process.threads) {
    if (!passed_over_.contains(tid)) tids.push_back(tid);
  }
  return ReadStatus::ok;
}

ReadStatus FakeHost::count_fds(procfs::TaskPath task, std::uint64_t& count) {
  const auto found = processes_.find(task.pid);
  if (found == processes_.end()) return ReadStatus::vanished;
  if (denied_fds_.contains(task.pid)) return ReadStatus::denied;
  count = found->second.num_fds;
  return ReadStatus::ok;
}

ReadStatus FakeHost::self(pid_t& pid) {
  pid = 1;
  return ReadStatus::ok;
}

ReadStatus FakeHost::cpu_clock(pid_t pid, std::uint64_t& ns) {
  ++counts.clocks;
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return ReadStatus::vanished;
  ns = found->second.clock_ns;
  return ReadStatus::ok;
}

ReadStatus FakeHost::open_files_soft_limit(pid_t pid, std::uint64_t& limit) {
  if (!prlimit_allowed_) return ReadStatus::denied;
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return ReadStatus::vanished;
  limit = found->second.fd_limit;
  return ReadStatus::ok;
}

}  // namespace proctally::test
