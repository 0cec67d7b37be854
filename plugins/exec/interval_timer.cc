#include "plugins/exec/interval_timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <ctime>

namespace proctally::plugins {

void IntervalTimer::start(std::int64_t interval_ns) {
  fd_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  const timespec interval{.tv_sec = interval_ns / 1'000'000'000,
                          .tv_nsec = interval_ns % 1'000'000'000};
  const itimerspec times{.it_interval = interval, .it_value = interval};
  ::timerfd_settime(fd_.get(), 0, &times, nullptr);
}

std::uint64_t IntervalTimer::take_expirations() {
  std::uint64_t expirations = 0;
  return ::read(fd_.get(), &expirations, sizeof expirations) == sizeof expirations ? expirations
                                                                                   : 0;
}

}  // namespace proctally::plugins
