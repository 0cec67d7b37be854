#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/kernel/kernel_calls.h"
#include "core/naming/slow_reader.h"
#include "core/procfs/proc_reader.h"

namespace proctally::test {

struct FakeIo {
  std::uint64_t read_chars = 0;
  std::uint64_t written_chars = 0;
  std::uint64_t read_calls = 0;
  std::uint64_t write_calls = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
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
  FakeIo io;
  std::uint64_t num_fds = 0;
  std::uint64_t fd_limit = 1024;
  uid_t uid = 0;
  std::string cgroup = "/";
  std::string cmdline;  ///< Arguments with one space between them.
  std::string exe_path;
  pid_t other_thread = 0;  ///< A thread that lives on when the leader is a zombie.
  char other_thread_state = 'R';
  std::uint64_t other_thread_rss_pages = 0;
};

/// A host in memory: the kernel behind both seams of the core. It writes the kernel's own text, so
/// parsers are part of every test, and any file of any process can be made to fail.
class FakeHost final : public procfs::ProcReader, public kernel::KernelCalls {
 public:
  static constexpr std::uint64_t kNsPerTick = 10'000'000;
  static constexpr std::uint64_t kPageBytes = 4096;

  /// A new process, born `born_ticks` after boot. The reference stays valid while it lives.
  FakeProcess& add(pid_t pid, const std::string& comm, std::uint64_t born_ticks);
  /// Dead and reaped.
  void remove(pid_t pid) { processes_.erase(pid); }
  [[nodiscard]] FakeProcess& at(pid_t pid) { return processes_.at(pid); }
  [[nodiscard]] std::map<pid_t, FakeProcess>& processes() { return processes_; }

  /// Lets it use CPU, in user mode by `user_share`, and counts faults and I/O with it.
  void work(pid_t pid, std::uint64_t ns, double user_share = 1.0);

  /// From now on that file of that process answers so. ok: heals it.
  void fail(pid_t pid, procfs::PidFile file, ReadStatus status);
  /// From now on that file ends after so many bytes.
  void truncate(pid_t pid, procfs::PidFile file, std::size_t bytes);
  void heal(pid_t pid);
  /// It is missing in listings from now on, though it lives.
  void hide_from_listing(pid_t pid) { hidden_.insert(pid); }
  void show_in_listing(pid_t pid) { hidden_.erase(pid); }
  void deny_fds(pid_t pid) { denied_fds_.insert(pid); }
  void forbid_prlimit() { prlimit_allowed_ = false; }

  /// The host's own figures.
  std::uint64_t busy_ticks = 0;
  unsigned online_cpus = 2;
  std::uint64_t memory_kilobytes = 1'000'000;
  std::uint64_t swap_used_kilobytes = 0;
  pid_t last_pid = 1;

  /// How often what was read.
  struct Counts {
    std::uint64_t clocks = 0;
    std::uint64_t listings = 0;
    std::uint64_t files = 0;
    std::map<procfs::PidFile, std::uint64_t> by_file;
  };
  Counts counts;

  ReadStatus list(std::vector<pid_t>& pids) override;
  procfs::ReadResult read(procfs::HostFile file) override;
  procfs::ReadResult read(procfs::PidFile file, procfs::TaskPath task,
                          procfs::KeptFiles* kept) override;
  void release(procfs::KeptFiles& kept) override;
  ReadStatus find_other_thread(pid_t pid, pid_t& tid) override;
  ReadStatus count_fds(procfs::TaskPath task, std::uint64_t& count) override;
  ReadStatus self(pid_t& pid) override;
  ReadStatus cpu_clock(pid_t pid, std::uint64_t& ns) override;
  ReadStatus open_files_soft_limit(pid_t pid, std::uint64_t& limit) override;

 private:
  struct Fault {
    ReadStatus status = ReadStatus::ok;
    std::optional<std::size_t> bytes;
  };

  std::size_t write_file(procfs::PidFile file, const FakeProcess& process, pid_t tid);

  std::map<pid_t, FakeProcess> processes_;
  std::map<std::pair<pid_t, procfs::PidFile>, Fault> faults_;
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
