#include "core/kernel/exit_assembler.h"

#include <algorithm>

namespace proctally::kernel {

void ExitAssembler::Threads::add(const ExitMessage& message, pid_t tgid) {
  const auto& own = message.own;
  // Who it was: the leader knows best. Two messages bear the leader's tid where another thread
  // called execve and took its place (fs/exec.c de_thread()): the later one counts.
  const bool is_leader = message.tid == tgid;
  if (is_leader || !has_leader) {
    sum.uid = own.uid;
    sum.comm = own.comm;
    sum.exe_device = own.exe_device;
    sum.exe_inode = own.exe_inode;
  }
  has_leader = has_leader || is_leader;
  sum.pid = tgid;
  sum.ppid = own.ppid;
  sum.run_ns += own.run_ns;
  sum.sampled_user_ns += own.sampled_user_ns;
  sum.sampled_system_ns += own.sampled_system_ns;
  sum.minor_faults += own.minor_faults;
  sum.major_faults += own.major_faults;
  sum.read_chars += own.read_chars;
  sum.written_chars += own.written_chars;
  sum.read_calls += own.read_calls;
  sum.write_calls += own.write_calls;
  sum.read_bytes += own.read_bytes;
  sum.written_bytes += own.written_bytes;
  sum.voluntary_switches += own.voluntary_switches;
  sum.involuntary_switches += own.involuntary_switches;
  if (message.group) group = *message.group;
}

// The kernel's sums hold threads that ended before we listened; ours hold one that came too late
// for the kernel's, and the switches that kernels before 2026 leave out.
ProcessExit ExitAssembler::Threads::process() const {
  ProcessExit process = sum;
  process.run_ns = std::max(sum.run_ns, group.run_ns);
  process.voluntary_switches = std::max(sum.voluntary_switches, group.voluntary_switches);
  process.involuntary_switches = std::max(sum.involuntary_switches, group.involuntary_switches);
  return process;
}

bool ExitAssembler::end(const ProcessExit& process) {
  if (ended_.size() >= max_ended_) return false;
  ended_.push_back(process);
  return true;
}

bool ExitAssembler::add(const ExitMessage& message) {
  const auto& group = message.group;
  if (!message.tgid && !group) {
    ProcessExit process = message.own;
    process.may_be_thread = true;
    return end(process);
  }
  const pid_t tgid = message.tgid ? *message.tgid : group->tgid;
  if (message.is_last_thread && !group) {
    // It never had a second thread: what is kept under this pid is of an earlier process.
    partial_.erase(tgid);
    ProcessExit process = message.own;
    process.pid = tgid;
    return end(process);
  }
  if (!message.is_last_thread && !group) {
    if (const auto late = just_ended_.find(tgid); late != just_ended_.end()) {
      late->second.threads.add(message, tgid);
      ended_[late->second.index] = late->second.threads.process();
      return true;
    }
    if (taken_.contains(tgid)) return true;
    if (partial_.size() >= kMaxPartial && !partial_.contains(tgid)) forget_partial();
    partial_[tgid].add(message, tgid);
    return true;
  }
  Ended ended;
  if (const auto known = partial_.find(tgid); known != partial_.end()) {
    ended.threads = known->second;
    partial_.erase(known);
  }
  ended.threads.add(message, tgid);
  ended.index = ended_.size();
  if (!end(ended.threads.process())) return false;
  just_ended_[tgid] = ended;
  return true;
}

void ExitAssembler::take(std::vector<ProcessExit>& exits) {
  constexpr std::size_t kKeptCapacity = 4096;
  exits.insert(exits.end(), ended_.begin(), ended_.end());
  ended_.clear();
  if (ended_.capacity() > kKeptCapacity) ended_.shrink_to_fit();
  taken_.clear();
  for (const auto& [tgid, ended] : just_ended_) taken_.insert(tgid);
  just_ended_.clear();
}

void ExitAssembler::forget_partial() {
  forgotten_ += partial_.size();
  partial_.clear();
}

}  // namespace proctally::kernel
