#include "core/accounting/thread_sampler.h"

#include <algorithm>

#include "core/accounting/cpu_split.h"
#include "core/procfs/pid_io.h"
#include "core/procfs/pid_schedstat.h"
#include "core/procfs/pid_status.h"

namespace proctally::accounting {
namespace {

using procfs::PidFile;
using procfs::TaskPath;

// Only of a name that is new somewhere: it allocates.
std::string label_of(std::string_view name) {
  if (name.empty()) return std::string(naming::kEmptyLabel);
  if (name == kEndedLabel) return R"(\x5fended)";
  return naming::make_group_label(name);
}

// What it did before it could be read is unknown history, unless all of its life counts.
template <std::size_t kCount>
void begin_figures(const std::array<std::uint64_t Totals::*, kCount>& members, const Totals& now,
                   bool counts_whole_life, Totals& last) {
  if (!counts_whole_life) copy(members, now, last);
}

}  // namespace

void ThreadSampler::set_families(const FamilySet& families, bool has_io) {
  families_ = families;
  has_io_ = has_io;
  // What was off is read of threads too that sleep.
  for (auto& [pid, threads] : known_) {
    threads.is_incomplete = true;
    for (auto& [tid, thread] : threads.by_tid) thread.run_ns = 0;
  }
}

void ThreadSampler::begin_scan(std::uint64_t now_ticks, std::int64_t now_ns) {
  ++scan_;
  now_ticks_ = now_ticks;
  now_ns_ = now_ns;
}

void ThreadSampler::sample(const Process& process) {
  if (process.group == kNoGroup || !accounts_.at(process.group).reads_threads) return;
  auto& account = *accounts_.at(process.group).threads;
  auto& threads = known_[process.pid];
  if (threads.starttime_ticks != process.starttime_ticks) threads = {};
  threads.starttime_ticks = process.starttime_ticks;
  threads.scan = scan_;
  if (threads.group != process.group) join(threads, process.group);
  // Of one that waits for its name all work is kept back, and so is that of its threads.
  const bool is_due =
      process.idle_scans == 0 || threads.is_incomplete || threads.cpu_ns != process.last.cpu_ns();
  if (is_due && process.naming == NamingState::named) read(process, threads, account);
  if (threads.is_incomplete) account.miss();
  count(threads, account);
}

void ThreadSampler::join(Threads& threads, GroupId group) {
  threads.group = group;
  auto& account = *accounts_.at(group).threads;
  for (auto& [tid, thread] : threads.by_tid) {
    thread.name = account.names.find_or_create(label_of(thread.comm));
    thread.wchan.reset();
  }
}

void ThreadSampler::read(const Process& process, Threads& threads, ThreadAccounts& account) {
  threads.is_incomplete = true;
  if (const auto status = reader_.list_threads(process.pid, tids_); status != ReadStatus::ok) {
    (void)not_read(status);
    return;
  }
  threads.is_incomplete = false;
  threads.cpu_ns = process.last.cpu_ns();
  // It may have passed over a thread, or one has just ended.
  if (tids_.size() < process.num_threads) account.miss();
  const bool is_first = !threads.is_listed;
  if (is_first) {
    threads.is_listed = true;
    threads.listed_ticks = now_ticks_;
    // All that it ever did is about to be on its group's account.
    threads.counts_whole_life =
        process.counts_whole_life && process.pending.cpu_ns() == process.last.cpu_ns();
  }
  // Who is passed over, and known, still lives.
  for (const auto& [tid, thread] : threads.by_tid) tids_.push_back(tid);
  std::ranges::sort(tids_);
  tids_.erase(std::unique(tids_.begin(), tids_.end()), tids_.end());

  Totals all_work;
  for (const auto tid : tids_) {
    const auto [entry, is_new] = threads.by_tid.try_emplace(tid);
    auto& thread = entry->second;
    Totals work;
    const auto outcome = read_thread(process, {process.pid, tid}, threads, thread, work);
    if (outcome == Outcome::unreadable) threads.is_incomplete = true;
    if (outcome == Outcome::ended || !thread.is_known) {
      threads.by_tid.erase(entry);
    } else if (work != Totals{}) {
      account.book(thread.name, work);
      add(all_work, work);
    }
  }
  // What an older process did since the last scan comes with it into this group.
  if (is_first && !threads.counts_whole_life) {
    auto before = process.pending;
    subtract(before, all_work);
    if (positive_part(before.cpu_ns()) > 0) account.leave_out(before);
  }
}

ThreadSampler::Outcome ThreadSampler::read_thread(const Process& process, TaskPath task,
                                                  const Threads& threads, Thread& thread,
                                                  Totals& work) {
  std::uint64_t run_ns = 0;
  if (const auto outcome = read_run_ns(task, run_ns); outcome != Outcome::known) return outcome;
  if (thread.is_known && run_ns != 0 && run_ns == thread.run_ns) return Outcome::known;

  const auto file = reader_.read(PidFile::stat, task, nullptr);
  const auto stat = procfs::parse_pid_stat(file.text);
  if (!stat) return not_read(file.status);
  if (thread.is_known && thread.starttime_ticks != stat->starttime_ticks) thread = {};
  // Its run time was there until now: it ends.
  if (run_ns == 0 && thread.run_ns != 0) return Outcome::unreadable;
  auto& account = *accounts_.at(process.group).threads;
  Thread found = thread;
  found.is_known = true;
  found.starttime_ticks = stat->starttime_ticks;
  if (!thread.is_known) {
    found.counts_whole_life =
        threads.counts_whole_life || stat->starttime_ticks >= threads.listed_ticks;
  }
  if (!thread.is_known || thread.comm != stat->comm) {
    found.comm = stat->comm;
    found.name = account.names.find_or_create(label_of(stat->comm));
  }
  Totals now = thread.last;
  update_cpu(process, *stat, run_ns, thread, now);
  now.minor_faults = stat->minor_faults;
  now.major_faults = stat->major_faults;
  if (!thread.is_known) {
    begin_figures(kCpuTotals, now, found.counts_whole_life, found.last);
    begin_figures(kFaultTotals, now, found.counts_whole_life, found.last);
  }
  if (const auto outcome = read_switches(task, found, now); outcome != Outcome::known) {
    return outcome;
  }
  if (const auto outcome = read_io(process, task, found, now); outcome != Outcome::known) {
    return outcome;
  }
  read_wchan(task, account, found);
  advance(found.last, work, now, kCpuTotals);
  advance(found.last, work, now, kFaultTotals);
  advance(found.last, work, now, kSwitchTotals);
  advance(found.last, work, now, kIoTotals);
  found.run_ns = run_ns;
  thread = std::move(found);
  return Outcome::known;
}

ThreadSampler::Outcome ThreadSampler::read_run_ns(TaskPath task, std::uint64_t& run_ns) {
  const auto file = reader_.read(PidFile::schedstat, task, nullptr);
  // Of a thread that is gone, or of a kernel without: stat will tell.
  if (file.status == ReadStatus::vanished) return Outcome::known;
  const auto found = procfs::parse_thread_run_ns(file.text);
  if (!found) return not_read(file.status);
  run_ns = *found;
  return Outcome::known;
}

void ThreadSampler::update_cpu(const Process& process, const procfs::PidStat& stat,
                               std::uint64_t run_ns, const Thread& thread, Totals& now) const {
  if (run_ns == 0) {
    now.user_ns = stat.utime_ticks * ns_per_tick_;
    now.system_ns = stat.stime_ticks * ns_per_tick_;
    return;
  }
  // As of a process: a kernel thread has no user mode.
  const auto stime_ticks = process.is_kernel_thread ? stat.stime_ticks + 1 : stat.stime_ticks;
  const auto split = split_cpu(run_ns, stat.utime_ticks, stime_ticks,
                               {thread.last.user_ns, thread.last.system_ns});
  now.user_ns = split.user_ns;
  now.system_ns = split.system_ns;
}

ThreadSampler::Outcome ThreadSampler::read_switches(TaskPath task, Thread& thread, Totals& now) {
  if (!has(families_, Family::context_switches)) return Outcome::known;
  const auto file = reader_.read(PidFile::status, task, nullptr);
  // It ends: what it did until now is known all the same.
  if (file.status == ReadStatus::vanished) return Outcome::known;
  const auto switches = procfs::parse_task_switches(file.text);
  if (!switches) return not_read(file.status);
  now.voluntary_switches = switches->voluntary;
  now.involuntary_switches = switches->involuntary;
  if (!thread.switches_known) {
    begin_figures(kSwitchTotals, now, thread.counts_whole_life, thread.last);
  }
  thread.switches_known = true;
  return Outcome::known;
}

ThreadSampler::Outcome ThreadSampler::read_io(const Process& process, TaskPath task, Thread& thread,
                                              Totals& now) {
  if (!has(families_, Family::io) || !has_io_) return Outcome::known;
  // Asking in each scan would fill the audit log of a host that records refusals.
  if (process.io_known == Known::denied && thread.io_known != Known::yes) {
    thread.io_known = Known::denied;
    return Outcome::known;
  }
  const auto file = reader_.read(PidFile::io, task, nullptr);
  if (file.status == ReadStatus::vanished) return Outcome::known;
  if (file.status == ReadStatus::denied && thread.io_known != Known::yes) {
    stats_.count(file.status);
    thread.io_known = Known::denied;
    return Outcome::known;
  }
  const auto io = procfs::parse_pid_io(file.text);
  if (!io) return not_read(file.status);
  // Only what is published of a thread.
  now.read_bytes = io->read_bytes;
  now.written_bytes = io->written_bytes;
  if (thread.io_known != Known::yes) {
    begin_figures(kIoTotals, now, thread.counts_whole_life, thread.last);
  }
  thread.io_known = Known::yes;
  return Outcome::known;
}

// Of one that may not be looked at the kernel says the same as of one that runs: 0.
void ThreadSampler::read_wchan(TaskPath task, ThreadAccounts& account, Thread& thread) {
  const auto name = reader_.read(PidFile::wchan, task, nullptr).text;
  if (name.empty() || name == "0") {
    thread.wchan.reset();
  } else if (!thread.wchan || account.wchans.label_of(*thread.wchan) != name) {
    thread.wchan = account.wchans.find_or_create(label_of(name));
  }
}

ThreadSampler::Outcome ThreadSampler::not_read(ReadStatus status) {
  // A thread ends more often than it fails, and is no error.
  if (status == ReadStatus::vanished) return Outcome::ended;
  stats_.count(status == ReadStatus::ok ? ReadStatus::malformed : status);
  return Outcome::unreadable;
}

void ThreadSampler::count(const Threads& threads, ThreadAccounts& account) const {
  for (const auto& [tid, thread] : threads.by_tid) {
    auto& name = account.names.at(thread.name);
    ++name.threads;
    name.misses_io |= thread.io_known == Known::denied;
    account.names.keep(thread.name, now_ns_);
    if (!thread.wchan) continue;
    ++account.wchans.at(*thread.wchan);
    account.wchans.keep(*thread.wchan, now_ns_);
  }
}

void ThreadSampler::finish() {
  std::erase_if(known_, [this](const auto& entry) { return entry.second.scan != scan_; });
  accounts_.for_each([](Account& account) {
    if (account.reads_threads) account.threads->settle(account.counters.totals);
  });
}

}  // namespace proctally::accounting
