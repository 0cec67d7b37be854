#include "tests/bench/sleepers.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <stdexcept>

namespace proctally::bench {

// std::atomic::wait() works between threads only: its futex is private.
struct Sleepers::Shared {
  std::atomic<std::uint32_t> round{0};
  std::atomic<std::uint32_t> ran{0};

  void wait_for_round_after(std::uint32_t seen) {
    while (round.load() == seen) ::syscall(SYS_futex, &round, FUTEX_WAIT, seen, nullptr);
  }
  void begin_round() {
    ran = 0;
    ++round;
    ::syscall(SYS_futex, &round, FUTEX_WAKE, INT_MAX);
  }
};

Sleepers::Sleepers(std::size_t count) {
  void* memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("mmap");
  shared_ = new (memory) Shared;
  for (std::size_t i = 0; i < count; ++i) {
    const auto pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork: raise ulimit -u for this many processes");
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (std::uint32_t seen = 0;; ++seen) {
        shared_->wait_for_round_after(seen);
        ++shared_->ran;
      }
    }
    pids_.push_back(pid);
  }
}

void Sleepers::run_all() {
  constexpr useconds_t kPauseUs = 1000;
  shared_->begin_round();
  while (shared_->ran.load() < pids_.size()) ::usleep(kPauseUs);
}

Sleepers::~Sleepers() {
  for (const auto pid : pids_) ::kill(pid, SIGKILL);
  for (const auto pid : pids_) ::waitpid(pid, nullptr, 0);
  ::munmap(shared_, sizeof(Shared));
}

}  // namespace proctally::bench
