#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <set>
#include <string_view>
#include <thread>
#include <vector>

#include "core/kernel/taskstats_listener.h"

namespace proctally::kernel {

/// Forks `count` children that end at once; their pids.
inline std::set<pid_t> storm(int count, std::chrono::microseconds pause = {}) {
  std::set<pid_t> pids;
  for (int i = 0; i < count; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(0);
    EXPECT_GT(pid, 0);
    EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
    pids.insert(pid);
    if (pause.count() > 0) std::this_thread::sleep_for(pause);
  }
  return pids;
}

/// The real listener on this host; its tests are skipped where it cannot be.
class TaskstatsListenerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    TaskstatsStatus status{};
    const auto probe = TaskstatsListener::open(status);
    if (!probe && status != TaskstatsStatus::failed) GTEST_SKIP() << name_of(status);
    ASSERT_EQ(status, TaskstatsStatus::ok);
  }

  static std::unique_ptr<TaskstatsListener> open(const TaskstatsListenerOptions& options = {}) {
    TaskstatsStatus status{};
    auto listener = TaskstatsListener::open(status, options);
    EXPECT_EQ(status, TaskstatsStatus::ok) << name_of(status);
    return listener;
  }
  static std::vector<ProcessExit> drain(TaskstatsListener& listener) {
    std::vector<ProcessExit> exits;
    listener.drain(exits);
    return exits;
  }
  /// The one exit that `is` holds for; another pid than 0 means there was one.
  template <typename Predicate>
  static ProcessExit only(const std::vector<ProcessExit>& exits, const Predicate& is) {
    EXPECT_EQ(std::count_if(exits.begin(), exits.end(), is), 1);
    const auto found = std::find_if(exits.begin(), exits.end(), is);
    return found == exits.end() ? ProcessExit{} : *found;
  }
  static ProcessExit of_pid(const std::vector<ProcessExit>& exits, pid_t pid) {
    return only(exits, [pid](const ProcessExit& exit) { return exit.pid == pid; });
  }
  static ProcessExit named(const std::vector<ProcessExit>& exits, std::string_view name) {
    return only(exits, [name](const ProcessExit& exit) { return exit.name() == name; });
  }
  static std::size_t count_of(const std::vector<ProcessExit>& exits, const std::set<pid_t>& pids) {
    return static_cast<std::size_t>(std::count_if(
        exits.begin(), exits.end(), [&](const auto& one) { return pids.contains(one.pid); }));
  }
};

}  // namespace proctally::kernel
