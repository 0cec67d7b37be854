#include "tests/support/child_process.h"

#include <grp.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>

namespace proctally::test {
namespace {

[[noreturn]] void wait_to_be_killed() {
  for (;;) ::pause();
}

char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto close = text.rfind(')');
  return close == std::string::npos ? '?' : text.at(close + 2);
}

}  // namespace

ChildProcess::ChildProcess(const std::function<void()>& body) : pid_(::fork()) {
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    body();
    wait_to_be_killed();
  }
}

ChildProcess ChildProcess::with_pid(pid_t pid) {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<std::uint64_t>(&pid);
  arguments.set_tid_size = 1;
  const auto made = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
  if (made == 0) wait_to_be_killed();
  return ChildProcess(Adopt{made < 0 ? 0 : made});
}

ChildProcess::~ChildProcess() { reap(); }

void ChildProcess::kill() const {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

void ChildProcess::reap() {
  if (pid_ <= 0) return;
  kill();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

void ChildProcess::wait_for_zombie() const {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
}

void ChildProcess::wait_for_dead_leader() const {
  using namespace std::chrono_literals;
  for (int i = 0; i < 10'000; ++i) {
    if (state_of(pid_) == 'Z') return;
    std::this_thread::sleep_for(1ms);
  }
  throw std::runtime_error("the leader did not end");
}

int exit_status_as_nobody(const std::function<int()>& body) {
  constexpr uid_t kNobody = 65534;
  constexpr int kNotDropped = 126;
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    if (::geteuid() == 0 &&
        (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) {
      ::_exit(kNotDropped);
    }
    ::_exit(body());
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace proctally::test
