#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/collectd/config_item.h"

namespace proctally::test {

/// A value list as the plugin handed it to the daemon.
struct Dispatched {
  std::string name;        ///< "plugin-instance/type-instance".
  std::uint64_t time = 0;  ///< 2^-30 s.
};

/// As much of collectd as its plugins see: it loads the real proctally.so as the daemon does, keeps
/// what it registers, calls it, and records what it says. This program exports the functions of the
/// daemon, so that there is one at a time. What it has recorded stays when it is unloaded.
class TestDaemon {
 public:
  /// Loads the plugin. Throws std::runtime_error where that fails.
  TestDaemon();
  TestDaemon(const TestDaemon&) = delete;
  TestDaemon& operator=(const TestDaemon&) = delete;
  ~TestDaemon();

  /// The plugin's callbacks: what they return is theirs.
  int configure(const plugins::collectd::ConfigItem& block);
  int init();
  int read();
  int shutdown();
  /// Gives the plugin back; whether it is no longer mapped.
  [[nodiscard]] bool unload();

  /// Of the last read.
  [[nodiscard]] const std::vector<Dispatched>& dispatched() const;
  /// Lines as "3 text", with the severity of syslog.
  [[nodiscard]] const std::vector<std::string>& log() const;

 private:
  void* handle_;
};

}  // namespace proctally::test
