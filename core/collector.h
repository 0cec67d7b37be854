#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/accounting/birth_finder.h"
#include "core/accounting/books.h"
#include "core/accounting/death_finder.h"
#include "core/accounting/group_accounts.h"
#include "core/accounting/group_assigner.h"
#include "core/accounting/host_sampler.h"
#include "core/accounting/process_sampler.h"
#include "core/accounting/process_table.h"
#include "core/accounting/pss_reader.h"
#include "core/accounting/pss_sampler.h"
#include "core/accounting/settlement.h"
#include "core/accounting/switch_sampler.h"
#include "core/accounting/thread_sampler.h"
#include "core/accounting/top_groups.h"
#include "core/kernel/context_switches.h"
#include "core/kernel/exit_source.h"
#include "core/kernel/kernel_calls.h"
#include "core/kernel/routes.h"
#include "core/naming/namer.h"
#include "core/naming/slow_reader.h"
#include "core/procfs/proc_reader.h"
#include "core/settings.h"
#include "core/snapshot.h"
#include "core/time_point.h"

namespace proctally {

/// Where the collector gets everything from. All of it outlives the collector.
struct Sources {
  procfs::ProcReader& procfs;
  kernel::KernelCalls& kernel;
  naming::SlowReader& slow_reader;
  kernel::ExitSource* exits;        ///< Null: nothing says who died unseen.
  kernel::SwitchCounter* switches;  ///< Null: context switches are absent.
  kernel::Routes routes;            ///< From kernel::detect_routes().
  accounting::HostUnits units;
  accounting::PssReader* pss_reader = nullptr;  ///< Null: PSS is absent.
};

/// What only the front end knows of a scan; it goes into the self row.
struct FrontEndStats {
  std::uint64_t scan_ns = 0;
  std::uint64_t scan_cpu_ns = 0;
  std::optional<std::uint64_t> ticks_skipped;    ///< None where nobody but us sets the pace.
  std::optional<std::uint64_t> batches_dropped;  ///< None where no batch can be dropped.
};

/// The accounts of one host: the facade that every front end uses. Each collect() is one scan. It
/// reads no clock, prints nothing, throws nothing after its construction, and allocates nothing
/// while processes neither come nor go. For one thread.
class Collector {
 public:
  Collector(const Settings& settings, const Sources& sources);
  /// Goes on where another collector of this host had saved its state: its next scan is an ordinary
  /// one after a long time, in which nobody heard who died. Other settings are as in reconfigure().
  /// Throws StateError where the state is not whole, contradicts itself, or is of after `now`. That
  /// it is of this boot, and of these pids, the caller knows.
  Collector(const Settings& settings, const Sources& sources, std::string_view state,
            const TimePoint& now);
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// One scan, begun at `now`. What it returns is valid until the next one.
  const Snapshot& collect(const TimePoint& now);

  /// Adds what the front end measured to the snapshot of the last scan.
  const Snapshot& record(const FrontEndStats& stats);

  /// Other settings from the next scan on. Processes are named anew; no counter falls.
  void reconfigure(const Settings& settings);

  /// Appends the state as of the last scan, of which there was one. Takes part of a microsecond for
  /// each process.
  void save(std::string& out) const;
  /// The layout of that: another number for every change of what is in it.
  static constexpr std::uint64_t kStateLayout = 1;

  /// Calls `visit(process, label)` for each process of the last scan; the label is empty where it
  /// is in no group.
  template <typename Visit>
  void for_each_process(Visit visit) const {
    for (const auto& process : table_) {
      visit(process, process.group == accounting::kNoGroup
                         ? std::string_view()
                         : std::string_view(accounts_.at(process.group).label));
    }
  }
  [[nodiscard]] const accounting::ScanStats& stats() const { return stats_; }
  /// Processes of the last scan of which something may not be read.
  [[nodiscard]] std::size_t processes_denied() const;
  /// Processes of the last scan whose PSS is asked for and not known: the next one may.
  [[nodiscard]] std::uint64_t awaited_pss() const { return pss_.awaited(); }

 private:
  struct FirstSight {
    pid_t pid;
    std::uint64_t seen_after_ticks;  ///< Boot time of the last scan that would have found it.
    unsigned tries;

    template <typename Archive, typename Self>
    static void transfer(Archive& archive, Self& self) {
      archive(self.pid, self.seen_after_ticks, self.tries);
    }
  };

  template <typename Archive, typename Self>
  static void transfer(Archive& archive, Self& self);

  void configure(const Settings& settings);
  void restore(std::string_view state, const TimePoint& now);
  void note_clock_offset(const TimePoint& now);
  void poll_known(const TimePoint& now);
  void see_new(const TimePoint& now);
  void see(const FirstSight& candidate);
  void build_self();

  Sources sources_;
  naming::Namer namer_;
  FamilySet families_;
  Baseline baseline_ = Baseline::start;
  std::uint64_t recheck_for_ns_ = 0;
  std::uint64_t settings_hash_ = 0;

  accounting::ScanStats stats_;
  accounting::ProcessTable table_;
  accounting::GroupAccounts accounts_;
  accounting::BirthFinder births_;
  accounting::ProcessSampler sampler_;
  accounting::GroupAssigner assigner_;
  accounting::Books books_;
  accounting::DeathFinder deaths_;
  accounting::SwitchSampler switches_;
  accounting::PssSampler pss_;
  accounting::Settlement settlement_;
  accounting::TopGroups top_;
  accounting::ThreadSampler threads_;
  accounting::HostSample host_;
  Snapshot snapshot_;

  std::optional<TimePoint> previous_;
  std::int64_t boot_to_unix_ns_ = 0;
  std::size_t refresh_place_ = 0;   ///< Where the rotation goes on.
  std::uint64_t listed_ticks_ = 0;  ///< Boot time of the last scan that listed the folder.
  std::vector<pid_t> candidates_;
  std::vector<FirstSight> unread_;  ///< New, but not readable so far.
  std::vector<FirstSight> to_see_;
};

}  // namespace proctally
