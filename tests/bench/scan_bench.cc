// What a scan costs with thousands of real processes, and what it is made of. CPU time; the numbers
// are ratios to each other within one run, because machines differ and are shared.
#include <benchmark/benchmark.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <ctime>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/collector.h"
#include "core/kernel/context_switches.h"
#include "core/settings_file.h"
#include "plugins/common/host.h"
#include "tests/bench/sleepers.h"

namespace proctally::bench {
namespace {

Sleepers& sleepers(std::int64_t count) {
  static std::unique_ptr<Sleepers> current;
  if (!current || current->pids().size() != static_cast<std::size_t>(count)) {
    current.reset();
    current = std::make_unique<Sleepers>(static_cast<std::size_t>(count));
  }
  return *current;
}

void report(benchmark::State& state, std::size_t processes) {
  state.counters["processes"] = static_cast<double>(processes);
  state.counters["per_process"] =
      benchmark::Counter(static_cast<double>(processes) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

enum class Load { idle, everything_runs };

void scan(benchmark::State& state, Load load, const char* settings) {
  auto& children = sleepers(state.range(0));
  plugins::Host host("/proc", plugins::FileLimit::raised);
  Collector collector(parse_settings(settings, "bench"), host.sources());
  // Until every process is known and its files are kept as they are in a long run.
  for (int i = 0; i < 4; ++i) {
    if (load == Load::everything_runs) children.run_all();
    (void)collector.collect(plugins::read_clocks());
  }
  std::size_t processes = 0;
  for (auto unused : state) {
    (void)unused;
    if (load == Load::everything_runs) {
      state.PauseTiming();
      children.run_all();
      state.ResumeTiming();
    }
    const auto& snapshot = collector.collect(plugins::read_clocks());
    processes = static_cast<std::size_t>(snapshot.self[SelfMetric::processes].as_integer());
  }
  report(state, processes);
}

void scan_idle(benchmark::State& state) { scan(state, Load::idle, "{}"); }
void scan_idle_cpu_only(benchmark::State& state) {
  scan(state, Load::idle, R"({"collect": ["cpu"]})");
}
void scan_when_everything_ran(benchmark::State& state) { scan(state, Load::everything_runs, "{}"); }
void scan_when_everything_ran_cpu_only(benchmark::State& state) {
  scan(state, Load::everything_runs, R"({"collect": ["cpu"]})");
}

// What the settlement costs for each process that lived and died between two scans: the scan after
// a burst of them, less the scan after a single one.
enum class Listening : bool { no, yes };

/// A process that lets children come and go, none of which runs a program of its own. Not this one:
/// each fork makes the memory of the one that forks dearer to write to.
class Forker {
 public:
  Forker() {
    if (::pipe(orders_.data()) != 0 || ::pipe(answers_.data()) != 0) {
      throw std::runtime_error("pipe");
    }
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      serve();
    }
  }
  ~Forker() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    for (const auto fd : {orders_[0], orders_[1], answers_[0], answers_[1]}) ::close(fd);
  }
  Forker(const Forker&) = delete;
  Forker& operator=(const Forker&) = delete;

  /// Returns when so many have come and gone.
  void run(std::int64_t count) {
    if (::write(orders_[1], &count, sizeof(count)) != sizeof(count) ||
        ::read(answers_[0], &count, sizeof(count)) != sizeof(count)) {
      throw std::runtime_error("the forker has ended");
    }
  }

 private:
  [[noreturn]] void serve() {
    std::int64_t count = 0;
    while (::read(orders_[0], &count, sizeof(count)) == sizeof(count)) {
      for (std::int64_t i = 0; i < count; ++i) {
        const auto pid = ::fork();
        if (pid == 0) ::_exit(0);
        if (pid > 0) ::waitpid(pid, nullptr, 0);
      }
      if (::write(answers_[1], &count, sizeof(count)) != sizeof(count)) break;
    }
    ::_exit(0);
  }

  std::array<int, 2> orders_{};
  std::array<int, 2> answers_{};
  pid_t pid_ = 0;
};

std::int64_t thread_ns() { return plugins::read_clock(CLOCK_THREAD_CPUTIME_ID); }
/// CPU time of the threads that a scan does not wait for: the listener's.
std::int64_t other_threads_ns() {
  return plugins::read_clock(CLOCK_PROCESS_CPUTIME_ID) - thread_ns();
}

void settle_exits(benchmark::State& state, Listening listening) {
  Forker forker;
  plugins::Host host("/proc", plugins::FileLimit::raised);
  auto sources = host.sources();
  if (listening == Listening::no) sources.exits = nullptr;
  if (listening == Listening::yes && sources.exits == nullptr) {
    state.SkipWithError("taskstats cannot be used");
    return;
  }
  Collector collector(parse_settings("{}", "bench"), sources);
  const auto scan_ns = [&collector] {
    const auto start_ns = thread_ns();
    benchmark::DoNotOptimize(&collector.collect(plugins::read_clocks()));
    return static_cast<double>(thread_ns() - start_ns);
  };
  constexpr int kScansBefore = 20;
  double base_ns = 0;
  for (int i = 0; i < 2 * kScansBefore; ++i) {
    forker.run(1);
    const auto ns = scan_ns();
    if (i >= kScansBefore) base_ns += ns / kScansBefore;
  }

  const auto exits = state.range(0);
  double burst_ns = 0;
  const auto listener_start_ns = other_threads_ns();
  for (auto unused : state) {
    (void)unused;
    state.PauseTiming();
    forker.run(exits);
    state.ResumeTiming();
    burst_ns += scan_ns();
  }
  const auto scans = static_cast<double>(state.iterations());
  const auto per_scan = static_cast<double>(exits);
  state.counters["ns_per_exit"] = (burst_ns / scans - base_ns) / (per_scan - 1);
  state.counters["of_a_scan_after_one"] = burst_ns / scans / base_ns;
  if (listening == Listening::no) return;
  state.counters["listener_ns_per_exit"] =
      static_cast<double>(other_threads_ns() - listener_start_ns) / (scans * per_scan);
}

void settle_exits_with_messages(benchmark::State& state) { settle_exits(state, Listening::yes); }
void settle_exits_without_messages(benchmark::State& state) { settle_exits(state, Listening::no); }

// The parts: what the kernel alone takes.
void bare_system_call(benchmark::State& state) {
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(::getppid());
  }
}

void clocks_of_all(benchmark::State& state) {
  const auto& children = sleepers(state.range(0));
  kernel::SystemKernelCalls kernel;
  for (auto unused : state) {
    (void)unused;
    for (const auto pid : children.pids()) {
      std::uint64_t ns = 0;
      benchmark::DoNotOptimize(kernel.cpu_clock(pid, ns));
    }
  }
  report(state, children.pids().size());
}

void switches_of_all(benchmark::State& state) {
  const auto& children = sleepers(state.range(0));
  kernel::TaskstatsStatus status{};
  const auto counter = kernel::TaskstatsSwitchCounter::open(status);
  if (!counter) {
    state.SkipWithError("taskstats cannot be used");
    return;
  }
  std::vector<std::optional<kernel::Switches>> answers;
  for (auto unused : state) {
    (void)unused;
    counter->ask(children.pids(), answers);
  }
  report(state, children.pids().size());
}

void listing_of_proc(benchmark::State& state) {
  const auto& children = sleepers(state.range(0));
  procfs::FileProcReader reader("/proc", 0);
  std::vector<pid_t> pids;
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(reader.list(pids));
  }
  report(state, children.pids().size());
}

void file_of_all(benchmark::State& state, procfs::PidFile file, std::size_t kept_budget) {
  const auto& children = sleepers(state.range(0));
  plugins::Host raises_the_limit_of_open_files("/proc");
  procfs::FileProcReader reader("/proc", kept_budget);
  std::vector<procfs::KeptFiles> kept(children.pids().size());
  for (auto unused : state) {
    (void)unused;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      benchmark::DoNotOptimize(reader.read(file, {children.pids()[i]}, &kept[i]));
    }
  }
  report(state, kept.size());
}

constexpr std::size_t kKeepAll = 1'000'000;
void stat_opened(benchmark::State& state) { file_of_all(state, procfs::PidFile::stat, 0); }
void stat_kept(benchmark::State& state) { file_of_all(state, procfs::PidFile::stat, kKeepAll); }
void statm_kept(benchmark::State& state) { file_of_all(state, procfs::PidFile::statm, kKeepAll); }
void io_kept(benchmark::State& state) { file_of_all(state, procfs::PidFile::io, kKeepAll); }

BENCHMARK(scan_idle)->Arg(1000)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(scan_idle_cpu_only)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(scan_when_everything_ran)->Arg(1000)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(scan_when_everything_ran_cpu_only)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(settle_exits_with_messages)
    ->Arg(100)
    ->Arg(1000)
    ->Iterations(10)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(settle_exits_without_messages)
    ->Arg(100)
    ->Arg(1000)
    ->Iterations(10)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(bare_system_call);
BENCHMARK(clocks_of_all)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(switches_of_all)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(listing_of_proc)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(stat_opened)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(stat_kept)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(statm_kept)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(io_kept)->Arg(5000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace proctally::bench
