#include "tests/support/fake_host.h"

#include <fmt/format.h>

#include <algorithm>

namespace proctally::test {

using procfs::HostFile;
using procfs::PidFile;
using procfs::ReadResult;

namespace {

// kernel/sched/cputime.c cputime_adjust(): the exact total in the proportion of the ticks.
std::uint64_t user_ns_of(const FakeProcess& process) {
  __extension__ using Wide = unsigned __int128;
  const auto ticks = process.utime_ticks + process.stime_ticks;
  return ticks == 0
             ? process.clock_ns
             : static_cast<std::uint64_t>(Wide{process.clock_ns} * process.utime_ticks / ticks);
}

}  // namespace

FakeIo& FakeIo::operator+=(const FakeIo& other) {
  read_chars += other.read_chars;
  written_chars += other.written_chars;
  read_calls += other.read_calls;
  write_calls += other.write_calls;
  read_bytes += other.read_bytes;
  written_bytes += other.written_bytes;
  return *this;
}

void FakeExits::drain(std::vector<kernel::ProcessExit>& exits) {
  exits.insert(exits.end(), exits_.begin(), exits_.end());
  exits_.clear();
}

ReadStatus FakeSwitches::switches(pid_t pid, kernel::Switches& out) {
  asked.push_back(pid);
  if (is_silent) return ReadStatus::failed;
  const auto& processes = host_.processes();
  const auto found = processes.find(pid);
  // taskstats has nothing of a zombie, unless another of its threads lives, nor of one that never
  // ran.
  if (found == processes.end() || found->second.clock_ns == 0) return ReadStatus::vanished;
  if (found->second.state == 'Z' && found->second.other_thread == 0) return ReadStatus::vanished;
  out = found->second.switches;
  return ReadStatus::ok;
}

void FakeSwitches::ask(std::span<const pid_t> pids,
                       std::vector<std::optional<kernel::Switches>>& answers) {
  answers.assign(pids.size(), std::nullopt);
  for (std::size_t i = 0; i < pids.size(); ++i) {
    kernel::Switches answer;
    if (switches(pids[i], answer) == ReadStatus::ok) answers[i] = answer;
  }
}

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

FakeProcess& FakeHost::fork(pid_t parent, pid_t pid, const std::string& comm,
                            std::uint64_t born_ticks) {
  auto& child = add(pid, comm, born_ticks);
  child.ppid = parent;
  return child;
}

// kernel/exit.c find_new_reaper()
pid_t FakeHost::find_reaper(const FakeProcess& process) const {
  for (auto up = processes_.find(process.ppid); up != processes_.end();
       up = processes_.find(up->second.ppid)) {
    if (up->first == 1 || (up->second.adopts && up->second.state != 'Z')) return up->first;
  }
  return 1;
}

void FakeHost::end(pid_t pid) {
  auto& process = at(pid);
  kernel::ProcessExit exit;
  exit.pid = pid;
  exit.ppid = process.ppid;
  exit.uid = process.uid;
  exit.exe_device = process.exe_id.device;
  exit.exe_inode = process.exe_id.inode;
  process.comm.copy(exit.comm.data(), exit.comm.size() - 1);
  exit.run_ns = process.clock_ns;
  const auto user_ns = user_ns_of(process);
  exit.sampled_user_ns = user_ns;
  exit.sampled_system_ns = process.clock_ns - user_ns;
  exit.minor_faults = process.minor_faults;
  exit.major_faults = process.major_faults;
  exit.read_chars = process.io.read_chars;
  exit.written_chars = process.io.written_chars;
  exit.read_calls = process.io.read_calls;
  exit.write_calls = process.io.write_calls;
  exit.read_bytes = process.io.read_bytes;
  exit.written_bytes = process.io.written_bytes;
  exit.voluntary_switches = process.switches.voluntary;
  exit.involuntary_switches = process.switches.involuntary;
  exits.announce(exit);

  process.state = 'Z';
  const auto reaper = find_reaper(process);
  for (auto& [child_pid, child] : processes_) {
    if (child.ppid == pid) child.ppid = reaper;
  }
  const auto parent = processes_.find(process.ppid);
  if (parent != processes_.end() && parent->second.ignores_children) remove(pid);
}

void FakeHost::reap(pid_t pid) {
  const auto& child = at(pid);
  const auto parent = processes_.find(child.ppid);
  if (parent != processes_.end()) parent->second.clock_ns += kWaitNs;
  if (parent != processes_.end() && !parent->second.ignores_children) {
    auto& reaped = parent->second.reaped;
    const auto user_ns = user_ns_of(child);
    reaped.user_ns += user_ns + child.reaped.user_ns;
    reaped.system_ns += child.clock_ns - user_ns + child.reaped.system_ns;
    reaped.minor_faults += child.minor_faults + child.reaped.minor_faults;
    reaped.major_faults += child.major_faults + child.reaped.major_faults;
    reaped.io += child.io;
    reaped.io += child.reaped.io;
  }
  remove(pid);
}

void FakeHost::end_and_reap(pid_t pid) {
  end(pid);
  if (processes_.contains(pid)) reap(pid);
}

void FakeHost::work(pid_t pid, std::uint64_t ns, double user_share) {
  auto& process = at(pid);
  process.clock_ns += ns;
  // As the kernel: the ticks of both are those of the clock, each rounded down.
  const auto user_ns = static_cast<std::uint64_t>(static_cast<double>(ns) * user_share);
  process.utime_ticks += user_ns / ns_per_tick;
  process.stime_ticks += (ns - user_ns) / ns_per_tick;
  ++process.minor_faults;
  ++process.io.read_calls;
}

FakeThread& FakeHost::add_thread(pid_t pid, pid_t tid, const std::string& comm,
                                 std::uint64_t born_ticks) {
  auto& process = at(pid);
  if (process.threads.empty()) {
    process.threads[pid] = {.comm = process.comm,
                            .starttime_ticks = process.starttime_ticks,
                            .run_ns = process.clock_ns,
                            .utime_ticks = process.utime_ticks,
                            .stime_ticks = process.stime_ticks,
                            .minor_faults = process.minor_faults,
                            .major_faults = process.major_faults,
                            .switches = process.switches,
                            .io = process.io,
                            .wchan = process.wchan};
  }
  auto& thread = process.threads[tid];
  thread = {.comm = comm, .starttime_ticks = born_ticks};
  process.num_threads = process.threads.size();
  return thread;
}

void FakeHost::end_thread(pid_t pid, pid_t tid) {
  auto& process = at(pid);
  process.threads.erase(tid);
  process.num_threads = process.threads.size();
}

void FakeHost::work_thread(pid_t pid, pid_t tid, std::uint64_t ns, double user_share) {
  work(pid, ns, user_share);
  auto& thread = at(pid).threads.at(tid);
  thread.run_ns += ns;
  const auto user_ns = static_cast<std::uint64_t>(static_cast<double>(ns) * user_share);
  thread.utime_ticks += user_ns / ns_per_tick;
  thread.stime_ticks += (ns - user_ns) / ns_per_tick;
  ++thread.minor_faults;
  ++thread.io.read_calls;
}

void FakeHost::fail(pid_t pid, PidFile file, ReadStatus status) {
  faults_[{pid, file}] = {.status = status, .bytes = std::nullopt};
}

void FakeHost::fail_thread(pid_t pid, pid_t tid, PidFile file, ReadStatus status) {
  thread_faults_[{pid, tid, file}] = status;
}

void FakeHost::truncate(pid_t pid, PidFile file, std::size_t bytes) {
  faults_[{pid, file}] = {.status = ReadStatus::ok, .bytes = bytes};
}

void FakeHost::heal(pid_t pid) {
  std::erase_if(faults_, [pid](const auto& fault) { return fault.first.first == pid; });
  denied_fds_.erase(pid);
  std::erase_if(thread_faults_,
                [pid](const auto& fault) { return std::get<0>(fault.first) == pid; });
  listing_faults_.erase(pid);
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
  char* end = begin;
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
    answer.effective_uid = request.effective_uid;
    const auto found = host_.processes().find(request.pid);
    if (found == host_.processes().end()) return true;
    const auto& process = found->second;
    auto cmdline = process.cmdline;
    std::replace(cmdline.begin(), cmdline.end(), ' ', '\0');
    if (request.needs.cmdline) answer.facts.cmdline = procfs::parse_pid_cmdline(cmdline);
    if (request.wants_exe_id && process.exe_id.inode != 0) answer.facts.exe_id = process.exe_id;
    if (request.needs.exe_path) answer.facts.exe_path = process.exe_path;
    if (request.needs.user) answer.facts.user_name = process.uid == 0 ? "root" : "user";
    return true;
  });
}

}  // namespace proctally::test
