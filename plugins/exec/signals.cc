#include "plugins/exec/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace proctally::plugins {
namespace {

sigset_t own_signals() {
  sigset_t set{};
  ::sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) ::sigaddset(&set, signal);
  return set;
}

}  // namespace

void take_over_signals() {
  const auto set = own_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A reader that is gone shows as EPIPE.
  (void)::signal(SIGPIPE, SIG_IGN);
}

void give_back_signals() {
  const auto set = own_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  (void)::signal(SIGPIPE, SIG_DFL);
}

UniqueFd open_signals() {
  const auto set = own_signals();
  return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

SignalRequests read_signals(int fd) {
  SignalRequests requests;
  signalfd_siginfo signal{};
  while (::read(fd, &signal, sizeof signal) == sizeof signal) {
    switch (signal.ssi_signo) {
      case SIGHUP:
        requests.reload = true;
        break;
      case SIGUSR1:
      case SIGUSR2:
        ++requests.ticks;
        break;
      default:
        requests.end = true;
        break;
    }
  }
  return requests;
}

}  // namespace proctally::plugins
