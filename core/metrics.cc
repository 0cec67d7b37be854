#include "core/metrics.h"

#include <algorithm>

namespace proctally {
namespace {

using enum Kind;
using enum ValueType;

constexpr std::array<std::string_view, kFamilyCount> kFamilyNames = {
    "cpu",    "processes",        "states", "memory",    "io",
    "faults", "context_switches", "fds",    "start_time"};

constexpr GroupMetricInfo row(std::string_view name, Kind kind, ValueType type,
                              std::string_view unit, Family family, std::string_view help) {
  return {{name, kind, type, unit, help}, family};
}

}  // namespace

constexpr std::array<GroupMetricInfo, kMetricCount> kMetrics = {{
    row("cpu_time", counter, seconds, "s", Family::cpu,
        "CPU time used; cpu_time_user and cpu_time_system add up to it"),
    row("cpu_time_user", counter, seconds, "s", Family::cpu, "CPU time used in user mode"),
    row("cpu_time_system", counter, seconds, "s", Family::cpu, "CPU time used in the kernel"),
    row("cpu_usage", gauge, real, "% of one CPU", Family::cpu,
        "CPU time used since the previous scan over the time elapsed"),
    row("cpu_usage_user", gauge, real, "% of one CPU", Family::cpu,
        "the part of cpu_usage in user mode"),
    row("cpu_usage_system", gauge, real, "% of one CPU", Family::cpu,
        "the part of cpu_usage in the kernel"),
    row("cpu_usage_host", gauge, real, "% of all online CPUs", Family::cpu,
        "cpu_usage as a share of the whole host"),
    row("num_procs", gauge, integer, "", Family::processes, "processes, zombies too"),
    row("num_threads", gauge, integer, "", Family::processes, "threads of those processes"),
    row("started", counter, integer, "", Family::processes,
        "processes born into the group since proctally started"),
    row("exited", counter, integer, "", Family::processes,
        "processes of the group that are gone, counted when they are reaped"),
    row("procs_running", gauge, integer, "", Family::states,
        "processes running or ready to run (R); each process is counted once"),
    row("procs_sleeping", gauge, integer, "", Family::states, "processes sleeping (S)"),
    row("procs_blocked", gauge, integer, "", Family::states,
        "processes in uninterruptible sleep (D)"),
    row("procs_zombie", gauge, integer, "", Family::states,
        "processes that ended and wait to be reaped (Z)"),
    row("procs_other", gauge, integer, "", Family::states,
        "processes in any other state: stopped, traced, idle kernel threads"),
    row("memory_rss", gauge, integer, "bytes", Family::memory,
        "resident memory; what processes share is counted in each"),
    row("memory_vms", gauge, integer, "bytes", Family::memory, "virtual memory"),
    row("memory_swap", gauge, integer, "bytes", Family::memory, "memory swapped out"),
    row("memory_usage", gauge, real, "% of MemTotal", Family::memory,
        "memory_rss as a share of the host's memory"),
    row("disk_read_bytes", counter, integer, "bytes", Family::io, "fetched from block devices"),
    row("disk_write_bytes", counter, integer, "bytes", Family::io,
        "written towards block devices, counted when pages become dirty"),
    row("read_bytes", counter, integer, "bytes", Family::io,
        "read by system calls, from anything, cached or not"),
    row("write_bytes", counter, integer, "bytes", Family::io,
        "written by system calls, to anything"),
    row("read_count", counter, integer, "", Family::io, "read system calls"),
    row("write_count", counter, integer, "", Family::io, "write system calls"),
    row("minor_faults", counter, integer, "", Family::faults, "page faults served from memory"),
    row("major_faults", counter, integer, "", Family::faults, "page faults that had to read"),
    row("voluntary_context_switches", counter, integer, "", Family::context_switches,
        "times that a thread gave up its CPU to wait; absent without CAP_NET_ADMIN"),
    row("involuntary_context_switches", counter, integer, "", Family::context_switches,
        "times that a thread was made to give up its CPU; absent without CAP_NET_ADMIN"),
    row("num_fds", gauge, integer, "", Family::fds, "open file descriptors"),
    row("fd_usage_max", gauge, real, "% of the soft limit", Family::fds,
        "open file descriptors of the process that is nearest to its limit"),
    row("oldest_start_time", gauge, integer, "Unix s", Family::start_time,
        "start of the oldest process; absent while the group is empty"),
}};

constexpr std::array<MetricInfo, kSelfMetricCount> kSelfMetrics = {{
    {"scan_seconds", gauge, seconds, "s", "how long the scan took"},
    {"scan_cpu_seconds", gauge, seconds, "s", "CPU time that the scan took"},
    {"processes", gauge, integer, "", "processes known"},
    {"processes_idle", gauge, integer, "",
     "processes whose CPU clock stood still: nothing cumulative was read again"},
    {"processes_read", gauge, integer, "", "processes that were read in this scan"},
    {"processes_unnamed", gauge, integer, "",
     "processes whose command line is awaited; their work is kept for their group"},
    {"groups", gauge, integer, "", "groups published"},
    {"processes_folded", counter, integer, "",
     "processes put into the group _other because of max_groups"},
    {"vanished", counter, integer, "", "reads of a process that ended in between: no error"},
    {"denied", counter, integer, "", "reads that a missing privilege forbade"},
    {"malformed", counter, integer, "", "reads that failed or were not understood"},
    {"slow_readers_stuck", gauge, integer, "",
     "threads held in the kernel by a process whose command line cannot be read"},
    {"exits_seen", counter, integer, "",
     "processes whose end was announced; absent without CAP_NET_ADMIN"},
    {"exits_lost", counter, integer, "",
     "announcements that were lost: the CPU time of those processes is counted, their names are "
     "not known"},
    {"ticks_skipped", counter, integer, "", "ticks that were answered together with another"},
    {"batches_dropped", counter, integer, "", "whole batches dropped because stdout was not read"},
    {"cpu_host_seconds", counter, seconds, "s",
     "CPU time that the whole host used since proctally started"},
    {"cpu_grouped_seconds", counter, seconds, "s", "the part of it on some group's account"},
    {"cpu_ungrouped_seconds", counter, seconds, "s",
     "the part used by processes that no rule puts into a group"},
    {"cpu_unattributed_seconds", counter, seconds, "s",
     "the rest: interrupts, and processes that nobody waited for"},
}};

std::string_view name_of(Family family) {
  return kFamilyNames.at(static_cast<std::size_t>(family));
}

std::optional<Family> family_of(std::string_view name) {
  const auto* found = std::find(kFamilyNames.begin(), kFamilyNames.end(), name);
  if (found == kFamilyNames.end()) return std::nullopt;
  return static_cast<Family>(found - kFamilyNames.begin());
}

}  // namespace proctally
