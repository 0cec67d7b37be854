#pragma once

#include <sys/types.h>

#include <functional>

namespace proctally::test {

/// A child process of a test; killed and reaped at the end of its scope.
class ChildProcess {
 public:
  /// Runs `body` in the child, which then waits to be killed, except where `body` ends it.
  explicit ChildProcess(const std::function<void()>& body = [] {});
  /// A child that has the pid `pid`, which must be free. Needs CAP_CHECKPOINT_RESTORE (or root);
  /// pid() is 0 where that or the kernel's support is missing.
  static ChildProcess with_pid(pid_t pid);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void kill() const;
  /// Kills, and waits until nothing is left of it.
  void reap();
  /// Waits until the child, which ends itself or was killed, is a zombie.
  void wait_for_zombie() const;
  /// Waits until its leader is a zombie, while other threads may live on.
  void wait_for_dead_leader() const;

 private:
  struct Adopt {
    pid_t pid;
  };
  explicit ChildProcess(Adopt child) : pid_(child.pid) {}

  pid_t pid_ = 0;
};

/// The exit status of a child that runs `body`, as the user nobody where this process is root.
/// For what only another user than root gets to see.
[[nodiscard]] int exit_status_as_nobody(const std::function<int()>& body);

}  // namespace proctally::test
