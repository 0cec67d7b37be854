#include "plugins/graphite/systemd_notify.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <ctime>

#include "plugins/common/host.h"

namespace proctally::plugins::graphite {
namespace {

constexpr int kKeepEnvironment = 0;

void notify(const std::string& state) { (void)::sd_notify(kKeepEnvironment, state.c_str()); }

}  // namespace

void notify_ready() { notify("READY=1"); }

void notify_reloading() {
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", read_clock(CLOCK_MONOTONIC) / 1000));
}

void notify_stopping(std::chrono::milliseconds at_most) {
  constexpr std::chrono::seconds kForTheRest{5};
  const std::chrono::microseconds extension = at_most + kForTheRest;
  notify(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}", extension.count()));
}

void notify_status(const std::string& text) { notify("STATUS=" + text); }

void notify_alive() { notify("WATCHDOG=1"); }

std::optional<std::chrono::microseconds> watch_interval() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(kKeepEnvironment, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds(microseconds / 2);
}

}  // namespace proctally::plugins::graphite
