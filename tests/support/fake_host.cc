#include "tests/support/fake_host.h"

#include <algorithm>

namespace proctally::test {

using procfs::PidFile;

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
