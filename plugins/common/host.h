#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>

#include "core/accounting/pss_reader.h"
#include "core/collector.h"
#include "core/kernel/context_switches.h"
#include "core/kernel/kernel_calls.h"
#include "core/kernel/taskstats_listener.h"
#include "core/naming/slow_reader.h"
#include "core/procfs/file_proc_reader.h"

namespace proctally::plugins {

/// A procfs that cannot be used: what() says which, what is wrong, and what is needed.
class HostError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How many files may stay open.
enum class FileLimit : std::uint8_t {
  raised,  ///< As many as help: the soft limit becomes the hard one.
  shared,  ///< A small part of the soft limit, which stays: the program around us has its own use.
};

/// This host as the collector sees it: the real reader of a procfs, the real system calls, the slow
/// readers, and the routes that work here.
class Host {
 public:
  /// Throws HostError where `procfs` cannot be opened or holds no process.
  Host(const std::string& procfs, FileLimit limit);

  [[nodiscard]] Sources sources();
  /// For people: which routes are in use, and what would improve them.
  [[nodiscard]] std::string describe_routes() const;
  /// Whether CAP_NET_ADMIN is all that taskstats lacks.
  [[nodiscard]] bool lacks_net_admin() const;

 private:
  procfs::FileProcReader reader_;
  kernel::SystemKernelCalls kernel_;
  SlowThreads slow_threads_;
  std::shared_ptr<procfs::BlockingFiles> blocking_files_;
  naming::ThreadedSlowReader slow_reader_;
  accounting::ThreadedPssReader pss_reader_;
  kernel::Routes routes_;
  kernel::TaskstatsStatus exits_status_ = kernel::TaskstatsStatus::other_namespace;
  std::unique_ptr<kernel::TaskstatsListener> exits_;
  kernel::TaskstatsStatus switches_status_ = kernel::TaskstatsStatus::other_namespace;
  std::unique_ptr<kernel::TaskstatsSwitchCounter> switches_;
};

/// One clock in ns, now.
[[nodiscard]] std::int64_t read_clock(clockid_t clock);

/// The three clocks of a scan, now.
[[nodiscard]] TimePoint read_clocks();

}  // namespace proctally::plugins
