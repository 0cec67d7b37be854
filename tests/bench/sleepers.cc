#include "tests/bench/sleepers.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace proctally::bench {
namespace {

struct Pipe {
  int read_end;
  int write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  return {ends[0], ends[1]};
}

// Each byte on the pipe wakes one of the children, whichever comes first.
[[noreturn]] void sleep_and_wake(int wake_read, int done_write) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  char byte = 0;
  while (::read(wake_read, &byte, 1) == 1) {
    if (::write(done_write, &byte, 1) != 1) break;
  }
  std::_Exit(0);
}

}  // namespace

Sleepers::Sleepers(std::size_t count) {
  const auto wake = make_pipe();
  const auto done = make_pipe();
  for (std::size_t i = 0; i < count; ++i) {
    const auto pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork: raise ulimit -u for this many processes");
    if (pid == 0) {
      ::close(wake.write_end);
      ::close(done.read_end);
      sleep_and_wake(wake.read_end, done.write_end);
    }
    pids_.push_back(pid);
  }
  ::close(wake.read_end);
  ::close(done.write_end);
  wake_write_ = wake.write_end;
  done_read_ = done.read_end;
}

// Readers of a pipe wait in line, so that as many bytes as children wake each of them once.
void Sleepers::run_all() {
  const std::string bytes(64, 'x');
  std::array<char, 64> answers{};
  for (std::size_t sent = 0; sent < pids_.size();) {
    const auto now = std::min(bytes.size(), pids_.size() - sent);
    if (::write(wake_write_, bytes.data(), now) != static_cast<ssize_t>(now)) std::abort();
    for (std::size_t answered = 0; answered < now;) {
      const auto size = ::read(done_read_, answers.data(), answers.size());
      if (size <= 0) std::abort();
      answered += static_cast<std::size_t>(size);
    }
    sent += now;
  }
}

Sleepers::~Sleepers() {
  ::close(wake_write_);
  ::close(done_read_);
  for (const auto pid : pids_) ::kill(pid, SIGKILL);
  for (const auto pid : pids_) ::waitpid(pid, nullptr, 0);
}

}  // namespace proctally::bench
