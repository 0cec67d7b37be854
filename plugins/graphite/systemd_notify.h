#pragma once

#include <chrono>
#include <optional>
#include <string>

/// What systemd is told of a service of Type=notify, with WatchdogSec=, as sd_notify(3) says. Where
/// nobody listens ($NOTIFY_SOCKET) all of it does nothing.
namespace proctally::plugins::graphite {

void notify_ready();
void notify_reloading();
/// So long it may take, whatever TimeoutStopSec= says.
void notify_stopping(std::chrono::milliseconds at_most);
/// One line for `systemctl status`.
void notify_status(const std::string& text);
void notify_alive();
/// So often notify_alive() is to be called; nothing where nobody watches.
[[nodiscard]] std::optional<std::chrono::microseconds> watch_interval();

}  // namespace proctally::plugins::graphite
