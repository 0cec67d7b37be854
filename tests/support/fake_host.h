#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "core/kernel/context_switches.h"
#include "core/kernel/exit_source.h"
#include "core/kernel/kernel_calls.h"
#include "core/naming/slow_reader.h"
#include "core/procfs/proc_reader.h"

namespace proctally::test {

/// The I/O of a process, its reaped children's included where it is theirs as well.
struct FakeIo {
  std::uint64_t read_chars = 0;
  std::uint64_t written_chars = 0;
  std::uint64_t read_calls = 0;
  std::uint64_t write_calls = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;

  FakeIo& operator+=(const FakeIo& other);
};

/// What a process's children left to it when it waited for them.
struct FakeReaped {
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  FakeIo io;
};

/// One thread of a process that has several.
struct FakeThread {
  std::string comm;
  std::uint64_t starttime_ticks = 0;
  std::uint64_t run_ns = 0;
  std::uint64_t utime_ticks = 0;
  std::uint64_t stime_ticks = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  kernel::Switches switches{};
  FakeIo io{};
  std::string wchan = "0";
};

/// One process of a FakeHost: what the kernel would know. Fields are set by the test as it goes.
struct FakeProcess {
  pid_t pid = 0;
  pid_t ppid = 1;
  std::string comm;
  char state = 'S';
  bool is_kernel_thread = false;
  std::uint64_t starttime_ticks = 0;
  std::uint64_t clock_ns = 0;
  std::uint64_t utime_ticks = 0;
  std::uint64_t stime_ticks = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t num_threads = 1;
  std::uint64_t rss_pages = 0;
  std::uint64_t size_pages = 0;
  std::uint64_t swap_kilobytes = 0;
  kernel::Switches switches;
  FakeIo io;  ///< Its own.
  FakeReaped reaped;
  bool ignores_children = false;  ///< SIGCHLD ignored: its children leave it nothing.
  bool adopts = false;            ///< A subreaper.
  std::uint64_t num_fds = 0;
  std::uint64_t fd_limit = 1024;
  uid_t uid = 0;
  std::string cgroup = "/";
  std::string cmdline;  ///< Arguments with one space between them.
  std::string exe_path;
  procfs::ExeId exe_id;  ///< 0: the kernel does not tell.
  std::string wchan = "0";
  std::map<pid_t, FakeThread> threads;  ///< All of them; empty: it has one, which is all of it.
  pid_t other_thread = 0;               ///< A thread that lives on when the leader is a zombie.
  char other_thread_state = 'R';
  std::uint64_t other_thread_rss_pages = 0;
};

/// Announces what FakeHost lets die, once somebody listens.
class FakeExits final : public kernel::ExitSource {
 public:
  void announce(const kernel::ProcessExit& exit) { exits_.push_back(exit); }
  void lose() { ++lost_; }
  void drain(std::vector<kernel::ProcessExit>& exits) override;
  [[nodiscard]] std::uint64_t lost() const override { return lost_; }

 private:
  std::vector<kernel::ProcessExit> exits_;
  std::uint64_t lost_ = 0;
};

class FakeHost;

/// Tells the context switches of a FakeHost's processes.
class FakeSwitches final : public kernel::SwitchCounter {
 public:
  explicit FakeSwitches(FakeHost& host) : host_(host) {}
  /// Everybody who was asked for, in the order of the questions.
  std::vector<pid_t> asked;
  bool is_silent = false;  ///< From now on nothing is answered.

  ReadStatus switches(pid_t pid, kernel::Switches& out) override;
  void ask(std::span<const pid_t> pids,
           std::vector<std::optional<kernel::Switches>>& answers) override;

 private:
  FakeHost& host_;
};

/// A host in memory: the kernel behind both seams of the core. It writes the kernel's own text, so
/// parsers are part of every test, and any file of any process can be made to fail.
class FakeHost final : public procfs::ProcReader, public kernel::KernelCalls {
 public:
  static constexpr std::uint64_t kNsPerTick = 10'000'000;
  static constexpr std::uint64_t kPageBytes = 4096;

  /// A new process, born `born_ticks` after boot. The reference stays valid while it lives.
  FakeProcess& add(pid_t pid, const std::string& comm, std::uint64_t born_ticks);
  /// A child of `parent`, which has to live.
  FakeProcess& fork(pid_t parent, pid_t pid, const std::string& comm, std::uint64_t born_ticks);
  /// It ends: announced, its children adopted, and a zombie until somebody waits for it; gone at
  /// once where its parent ignores that.
  void end(pid_t pid);
  /// What waiting for a child takes of the parent's CPU.
  static constexpr std::uint64_t kWaitNs = 1000;
  /// The parent waits for a zombie.
  void reap(pid_t pid);
  /// end() and reap().
  void end_and_reap(pid_t pid);
  /// It vanishes without a trace: nobody waits for it, nothing announces it.
  void remove(pid_t pid) { processes_.erase(pid); }
  [[nodiscard]] FakeProcess& at(pid_t pid) { return processes_.at(pid); }
  [[nodiscard]] std::map<pid_t, FakeProcess>& processes() { return processes_; }

  /// Lets it use CPU, in user mode by `user_share`, and counts faults and I/O with it.
  void work(pid_t pid, std::uint64_t ns, double user_share = 1.0);

  /// A thread born `born_ticks` after boot, beside a main thread of the process's own name. The
  /// reference stays valid while it lives.
  FakeThread& add_thread(pid_t pid, pid_t tid, const std::string& comm, std::uint64_t born_ticks);
  void end_thread(pid_t pid, pid_t tid);
  /// As work(), by that thread, and so by the process.
  void work_thread(pid_t pid, pid_t tid, std::uint64_t ns, double user_share = 1.0);

  /// From now on that file of that process answers so. ok: heals it.
  void fail(pid_t pid, procfs::PidFile file, ReadStatus status);
  /// From now on that file ends after so many bytes.
  void truncate(pid_t pid, procfs::PidFile file, std::size_t bytes);
  /// That file of one thread, until heal() of its process.
  void fail_thread(pid_t pid, pid_t tid, procfs::PidFile file, ReadStatus status);
  void fail_thread_listing(pid_t pid, ReadStatus status) { listing_faults_[pid] = status; }
  /// It is missing in listings of its process's threads.
  void pass_over_thread(pid_t tid) { passed_over_.insert(tid); }
  void heal(pid_t pid);
  /// It is missing in listings from now on, though it lives.
  void hide_from_listing(pid_t pid) { hidden_.insert(pid); }
  void show_in_listing(pid_t pid) { hidden_.erase(pid); }
  void deny_fds(pid_t pid) { denied_fds_.insert(pid); }
  void forbid_prlimit() { prlimit_allowed_ = false; }

  /// What is printed is whole ticks of this length.
  std::uint64_t ns_per_tick = kNsPerTick;
  bool has_schedstat = true;
  FakeExits exits;
  FakeSwitches switches{*this};

  /// The host's own figures.
  std::uint64_t busy_ticks = 0;
  unsigned online_cpus = 2;
  std::uint64_t boot_unix_seconds = 1'700'000'000;
  std::uint64_t memory_kilobytes = 1'000'000;
  std::uint64_t swap_used_kilobytes = 0;
  pid_t last_pid = 1;

  /// How often what was read.
  struct Counts {
    std::uint64_t clocks = 0;
    std::uint64_t listings = 0;
    std::uint64_t files = 0;
    std::uint64_t tasks = 0;  ///< Listings of threads, and files of one.
    std::map<procfs::PidFile, std::uint64_t> by_file;
  };
  Counts counts;

  ReadStatus list(std::vector<pid_t>& pids) override;
  procfs::ReadResult read(procfs::HostFile file) override;
  procfs::ReadResult read(procfs::PidFile file, procfs::TaskPath task,
                          procfs::KeptFiles* kept) override;
  void release(procfs::KeptFiles& kept) override;
  ReadStatus find_other_thread(pid_t pid, pid_t& tid) override;
  ReadStatus list_threads(pid_t pid, std::vector<pid_t>& tids) override;
  ReadStatus count_fds(procfs::TaskPath task, std::uint64_t& count) override;
  ReadStatus self(pid_t& pid) override;
  ReadStatus cpu_clock(pid_t pid, std::uint64_t& ns) override;
  ReadStatus open_files_soft_limit(pid_t pid, std::uint64_t& limit) override;

 private:
  struct Fault {
    ReadStatus status = ReadStatus::ok;
    std::optional<std::size_t> bytes;
  };

  [[nodiscard]] pid_t find_reaper(const FakeProcess& process) const;
  std::size_t write_file(procfs::PidFile file, const FakeProcess& process, pid_t tid);
  std::size_t write_thread_file(procfs::PidFile file, const FakeProcess& process, pid_t tid);

  std::map<pid_t, FakeProcess> processes_;
  std::map<std::pair<pid_t, procfs::PidFile>, Fault> faults_;
  std::map<std::tuple<pid_t, pid_t, procfs::PidFile>, ReadStatus> thread_faults_;
  std::map<pid_t, ReadStatus> listing_faults_;
  std::set<pid_t> passed_over_;
  std::set<pid_t> hidden_;
  std::set<pid_t> denied_fds_;
  bool prlimit_allowed_ = true;
  std::array<char, 8192> buffer_{};
};

/// Answers from a FakeHost at once, but for processes that hang.
class FakeSlowReader final : public naming::SlowReader {
 public:
  explicit FakeSlowReader(FakeHost& host) : host_(host) {}
  void hang(pid_t pid) { hanging_.insert(pid); }
  /// The answers that hung come with the next collect().
  void let_go(pid_t pid) { hanging_.erase(pid); }
  std::uint64_t requests = 0;

  void request(const naming::SlowRequest& request) override;
  void collect(std::vector<naming::SlowAnswer>& answers) override;
  [[nodiscard]] unsigned stuck() const override { return static_cast<unsigned>(hanging_.size()); }

 private:
  FakeHost& host_;
  std::set<pid_t> hanging_;
  std::vector<naming::SlowRequest> queue_;
};

}  // namespace proctally::test
