#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/kernel/exit_assembler.h"
#include "core/kernel/exit_source.h"
#include "core/kernel/taskstats_socket.h"
#include "core/unique_fd.h"

namespace proctally::kernel {

struct TaskstatsListenerOptions {
  std::size_t socket_bytes = std::size_t{16} << 20U;  ///< Thousands of messages wait in it.
  std::size_t max_exits = 65'536;      ///< Kept for the next drain; further ones are lost.
  std::chrono::milliseconds nap{100};  ///< Between two looks while processes end.
};

/// Hears of every process that ends on this host, over generic netlink. Needs CAP_NET_ADMIN and the
/// first pid, user and network namespace. Its thread, "exit listener", sleeps while nobody dies.
class TaskstatsListener final : public ExitSource {
 public:
  /// Registers for all CPUs, hears whether that worked and starts the thread. Null where it cannot
  /// be: `status` says why.
  [[nodiscard]] static std::unique_ptr<TaskstatsListener> open(
      TaskstatsStatus& status, const TaskstatsListenerOptions& options = {});
  /// Ends the thread; the kernel forgets us with the socket.
  ~TaskstatsListener() override;

  void drain(std::vector<ProcessExit>& exits) override;
  [[nodiscard]] std::uint64_t lost() const override;

 private:
  explicit TaskstatsListener(const TaskstatsListenerOptions& options)
      : options_(options), assembler_(options.max_exits) {}

  [[nodiscard]] TaskstatsStatus start();
  [[nodiscard]] bool hears_a_thread_end();
  void listen();
  /// The three below are for those who hold mutex_.
  void hear(const TaskstatsSocket::Message& message);
  [[nodiscard]] bool collect_batch();
  void count_dropped();

  TaskstatsListenerOptions options_;
  UniqueFd stop_;

  mutable std::mutex mutex_;  ///< Guards what follows, but for the descriptor itself.
  TaskstatsSocket socket_;
  ExitAssembler assembler_;
  std::uint64_t lost_ = 0;
  std::uint32_t dropped_ = 0;  ///< As the socket said last; in lost_ already.

  std::thread thread_;
};

}  // namespace proctally::kernel
