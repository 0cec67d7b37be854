// What a scan costs with thousands of real processes, and what it is made of. CPU time; the numbers
// are ratios to each other within one run, because machines differ and are shared.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "core/collector.h"
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
  plugins::Host host("/proc");
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
BENCHMARK(bare_system_call);
BENCHMARK(clocks_of_all)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(listing_of_proc)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(stat_opened)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(stat_kept)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(statm_kept)->Arg(5000)->Unit(benchmark::kMicrosecond);
BENCHMARK(io_kept)->Arg(5000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace proctally::bench
