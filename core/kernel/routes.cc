#include "core/kernel/routes.h"

#include <unistd.h>

#include <thread>

#include "core/procfs/host_loadavg.h"
#include "core/procfs/pid_io.h"

namespace proctally::kernel {
namespace {

using procfs::HostFile;
using procfs::PidFile;

bool shares_pid_namespace(procfs::ProcReader& reader) {
  pid_t pid = 0;
  return reader.self(pid) == ReadStatus::ok && pid == ::getpid();
}

// A clock in steps of jiffies would hide work between two scans: ours has to move within a
// millisecond of work, and a sandbox has to let us ask for it by pid at all. One small step of a
// few is enough: a hypervisor that takes the CPU away in between makes a large one.
bool process_clock_moves(KernelCalls& kernel) {
  constexpr int kMaxTries = 100'000;
  constexpr int kMaxSteps = 8;
  constexpr std::uint64_t kSmallStepNs = 1'000'000;
  std::uint64_t last = 0;
  if (kernel.cpu_clock(::getpid(), last) != ReadStatus::ok) return false;
  for (int tries = 0, steps = 0; tries < kMaxTries && steps < kMaxSteps; ++tries) {
    std::uint64_t now = 0;
    if (kernel.cpu_clock(::getpid(), now) != ReadStatus::ok) return false;
    if (now <= last) continue;
    if (now - last < kSmallStepNs) return true;
    last = now;
    ++steps;
  }
  return false;
}

// lxcfs and gVisor make up /proc/loadavg: the real one moves when a thread is born.
bool pid_cursor_moves(procfs::ProcReader& reader) {
  const auto before = procfs::parse_last_pid(reader.read(HostFile::loadavg).text);
  std::thread([] {}).join();
  const auto after = procfs::parse_last_pid(reader.read(HostFile::loadavg).text);
  return before && after && *before != *after;
}

}  // namespace

Routes detect_routes(procfs::ProcReader& reader, KernelCalls& kernel) {
  Routes routes;
  pid_t self = 0;
  if (reader.self(self) == ReadStatus::ok) {
    const auto io = reader.read(PidFile::io, {self}, nullptr);
    routes.has_io = io.status == ReadStatus::denied || procfs::parse_pid_io(io.text).has_value();
  } else {
    routes.has_io = true;  // Not in the mount ourselves: each process tells.
  }
  if (!shares_pid_namespace(reader) || !process_clock_moves(kernel)) return routes;
  routes.cpu = CpuRoute::process_clock;
  if (pid_cursor_moves(reader)) routes.births = BirthRoute::pid_cursor;
  return routes;
}

std::string_view name_of(CpuRoute route) {
  return route == CpuRoute::process_clock ? "process CPU clock" : "/proc/PID/stat";
}

std::string_view name_of(BirthRoute route) {
  return route == BirthRoute::pid_cursor ? "pid cursor of /proc/loadavg" : "listing of /proc";
}

}  // namespace proctally::kernel
