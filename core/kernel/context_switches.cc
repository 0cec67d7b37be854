#include "core/kernel/context_switches.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "core/errno_status.h"
#include "core/kernel/exit_message.h"

namespace proctally::kernel {
namespace {

using namespace std::chrono_literals;

/// The totals of `pid`. All is 0 for the zombie of a process of one thread, of which the kernel
/// keeps no sum (kernel/taskstats.c fill_stats_for_tgid() passes over the dead): a counter would
/// fall.
ReadStatus read_answer(const TaskstatsSocket::Message& message, pid_t pid, Switches& out) {
  if (message.is_answer) return status_of_errno(message.error);
  const auto group = parse_group_answer(message.payload);
  if (!group || group->tgid != pid) return ReadStatus::malformed;
  if (group->run_ns == 0) return ReadStatus::vanished;
  out = {.voluntary = group->voluntary_switches, .involuntary = group->involuntary_switches};
  return ReadStatus::ok;
}

/// Makes a thread that sleeps some times, and waits until nothing is left of it; its voluntary
/// switches. A join is not enough: it wakes while the thread still counts as a living one.
std::uint64_t switches_of_a_dead_thread() {
  constexpr int kSleeps = 50;
  std::uint64_t count = 0;
  pid_t tid = 0;
  std::thread([&] {
    tid = ::gettid();
    for (int i = 0; i < kSleeps; ++i) std::this_thread::sleep_for(1us);
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    count = static_cast<std::uint64_t>(usage.ru_nvcsw);
  }).join();
  constexpr int kMaxTries = 1000;
  for (int i = 0; i < kMaxTries && ::syscall(SYS_tgkill, ::getpid(), tid, 0) == 0; ++i) {
    std::this_thread::sleep_for(100us);
  }
  return count;
}

}  // namespace

std::unique_ptr<TaskstatsSwitchCounter> TaskstatsSwitchCounter::open(TaskstatsStatus& status) {
  std::unique_ptr<TaskstatsSwitchCounter> counter(new TaskstatsSwitchCounter);
  status = counter->start();
  if (status != TaskstatsStatus::ok) counter.reset();
  return counter;
}

TaskstatsStatus TaskstatsSwitchCounter::start() {
  const auto status = socket_.open();
  return status == TaskstatsStatus::ok ? keeps_dead_threads() : status;
}

TaskstatsStatus TaskstatsSwitchCounter::keeps_dead_threads() {
  Switches before;
  Switches after;
  std::uint64_t dead = 0;
  const auto asked = switches(::getpid(), before);
  if (asked == ReadStatus::denied) return TaskstatsStatus::no_permission;
  if (asked != ReadStatus::ok) return TaskstatsStatus::failed;
  try {
    dead = switches_of_a_dead_thread();
  } catch (const std::system_error&) {
    return TaskstatsStatus::failed;
  }
  if (switches(::getpid(), after) != ReadStatus::ok) return TaskstatsStatus::failed;
  return after.voluntary >= before.voluntary + dead ? TaskstatsStatus::ok
                                                    : TaskstatsStatus::not_usable;
}

ReadStatus TaskstatsSwitchCounter::switches(pid_t pid, Switches& out) {
  const auto sequence = ++sequence_;
  if (const int error = socket_.ask_processes({&pid, 1}, sequence); error != 0) {
    return status_of_errno(error);
  }
  for (auto batch = socket_.receive(); !batch.empty(); batch = socket_.receive()) {
    for (const auto& message : batch) {
      if (message.sequence == sequence) return read_answer(message, pid, out);
    }
  }
  return ReadStatus::failed;
}

void TaskstatsSwitchCounter::ask(std::span<const pid_t> pids,
                                 std::vector<std::optional<Switches>>& answers) {
  answers.assign(pids.size(), std::nullopt);
  for (std::size_t done = 0; done < pids.size(); done += TaskstatsSocket::kBatch) {
    const auto some = pids.subspan(done, std::min(TaskstatsSocket::kBatch, pids.size() - done));
    const auto first = sequence_ + 1;
    sequence_ += static_cast<std::uint32_t>(some.size());
    if (socket_.ask_processes(some, first) != 0) continue;
    for (std::size_t heard = 0; heard < some.size();) {
      const auto batch = socket_.receive();
      if (batch.empty()) break;
      for (const auto& message : batch) {
        const std::uint32_t index = message.sequence - first;  // Too much for what is not asked.
        if (index >= some.size()) continue;
        ++heard;
        Switches answer;
        if (read_answer(message, some[index], answer) == ReadStatus::ok) {
          answers[done + index] = answer;
        }
      }
    }
  }
}

}  // namespace proctally::kernel
