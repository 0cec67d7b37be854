#include "tests/support/fake_host.h"

#include <fmt/format.h>

#include <algorithm>

namespace proctally::test {

using procfs::HostFile;
using procfs::PidFile;
using procfs::ReadResult;

FakeProcess& FakeHost::add(pid_t pid, const std::string& comm, std::uint64_t born_ticks) {
  auto& process = processes_[pid];
  process = FakeProcess{};
  process.pid = pid;
  process.comm = comm;
  process.starttime_ticks = born_ticks;
  process.cmdline = comm;
  process.exe_path = "/usr/bin/" + comm;
  last_pid = pid;
  return process;
}

void FakeHost::work(pid_t pid, std::uint64_t ns, double user_share) {
  auto& process = at(pid);
  process.clock_ns += ns;
  // As the kernel: the ticks of both are those of the clock, each rounded down.
  const auto user_ns = static_cast<std::uint64_t>(static_cast<double>(ns) * user_share);
  process.utime_ticks += user_ns / kNsPerTick;
  process.stime_ticks += (ns - user_ns) / kNsPerTick;
  ++process.minor_faults;
  ++process.io.read_calls;
}

void FakeHost::fail(pid_t pid, PidFile file, ReadStatus status) {
  faults_[{pid, file}] = {.status = status, .bytes = std::nullopt};
}

void FakeHost::truncate(pid_t pid, PidFile file, std::size_t bytes) {
  faults_[{pid, file}] = {.status = ReadStatus::ok, .bytes = bytes};
}

void FakeHost::heal(pid_t pid) {
  std::erase_if(faults_, [pid](const auto& fault) { return fault.first.first == pid; });
  denied_fds_.erase(pid);
}

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
  char* end = begin;
  switch (file) {
    case HostFile::stat:
      end = fmt::format_to(begin, "cpu  {} 0 0 1000 0 0 0 0 0 0\n", busy_ticks);
      for (unsigned cpu = 0; cpu < online_cpus; ++cpu) {
        end = fmt::format_to(end, "cpu{} 1 0 0 1000 0 0 0 0 0 0\n", cpu);
      }
      end = fmt::format_to(end, "btime 1700000000\n");
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
  char* end = begin;
  const bool is_thread = tid != 0;
  const bool is_bare_zombie = process.state == 'Z' && !is_thread;
  switch (file) {
    case PidFile::stat:
      end = fmt::format_to(
          begin,
          "{} ({}) {} {} {} {} 0 -1 {} {} 0 {} 0 {} {} 0 0 20 0 {} 0 {} {} {} 184467 1 1 0 0\n",
          process.pid, process.comm, is_thread ? process.other_thread_state : process.state,
          process.ppid, process.pid, process.pid, process.is_kernel_thread ? 0x200040 : 0x400000,
          process.minor_faults, process.major_faults, process.utime_ticks, process.stime_ticks,
          process.num_threads, process.starttime_ticks, process.size_pages * kPageBytes,
          process.rss_pages);
      break;
    case PidFile::statm:
      end = is_bare_zombie
                ? fmt::format_to(begin, "0 0 0 0 0 0 0\n")
                : fmt::format_to(begin, "{} {} 10 1 0 30 0\n", process.size_pages,
                                 is_thread ? process.other_thread_rss_pages : process.rss_pages);
      break;
    case PidFile::io:
      end = fmt::format_to(begin,
                           "rchar: {}\nwchar: {}\nsyscr: {}\nsyscw: {}\nread_bytes: {}\n"
                           "write_bytes: {}\ncancelled_write_bytes: 0\n",
                           process.io.read_chars, process.io.written_chars, process.io.read_calls,
                           process.io.write_calls, process.io.read_bytes, process.io.written_bytes);
      break;
    case PidFile::status:
      end = fmt::format_to(begin,
                           "Name:\tx\nUid:\t{0}\t{0}\t{0}\t{0}\nVmSwap:\t{1} kB\nThreads:\t1\n",
                           process.uid, process.swap_kilobytes);
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
  }
  return static_cast<std::size_t>(end - begin);
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
  auto size = write_file(file, found->second, task.tid);
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

void FakeSlowReader::request(const naming::SlowRequest& request) {
  ++requests;
  queue_.push_back(request);
}

void FakeSlowReader::collect(std::vector<naming::SlowAnswer>& answers) {
  std::erase_if(queue_, [&](const naming::SlowRequest& request) {
    if (hanging_.contains(request.pid)) return false;
    auto& answer = answers.emplace_back();
    answer.pid = request.pid;
    answer.starttime_ticks = request.starttime_ticks;
    const auto found = host_.processes().find(request.pid);
    if (found == host_.processes().end()) return true;
    const auto& process = found->second;
    auto cmdline = process.cmdline;
    std::replace(cmdline.begin(), cmdline.end(), ' ', '\0');
    if (request.needs.cmdline) answer.facts.cmdline = procfs::parse_pid_cmdline(cmdline);
    if (request.needs.exe_path) answer.facts.exe_path = process.exe_path;
    if (request.needs.user) answer.facts.user_name = process.uid == 0 ? "root" : "user";
    return true;
  });
}

}  // namespace proctally::test
