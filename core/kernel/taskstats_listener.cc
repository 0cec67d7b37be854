#include "core/kernel/taskstats_listener.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>

#include "core/kernel/exit_message.h"

namespace proctally::kernel {
namespace {

TaskstatsStatus status_of_registration(int error) {
  switch (error) {
    case 0:
      return TaskstatsStatus::ok;
    case EPERM:
      return TaskstatsStatus::no_permission;
    case EINVAL:
      return TaskstatsStatus::other_namespace;
    default:
      return TaskstatsStatus::failed;
  }
}

/// A thread inherits its mask: signals stay with the threads of the program.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all{};
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

std::unique_ptr<TaskstatsListener> TaskstatsListener::open(
    TaskstatsStatus& status, const TaskstatsListenerOptions& options) {
  std::unique_ptr<TaskstatsListener> listener(new TaskstatsListener(options));
  status = listener->start();
  if (status != TaskstatsStatus::ok) listener.reset();
  return listener;
}

TaskstatsStatus TaskstatsListener::start() {
  if (const auto status = socket_.open(); status != TaskstatsStatus::ok) return status;
  stop_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop_.is_open()) return TaskstatsStatus::failed;
  const int error = socket_.register_for_exits([this](const auto& message) { hear(message); });
  if (error != 0) return status_of_registration(error);
  try {
    if (!hears_a_thread_end()) return TaskstatsStatus::other_namespace;
    socket_.set_receive_bytes(options_.socket_bytes);
    const AllSignalsBlocked blocked;
    thread_ = std::thread([this] { listen(); });
  } catch (const std::system_error&) {
    return TaskstatsStatus::failed;
  }
  ::pthread_setname_np(thread_.native_handle(), "exit listener");
  return TaskstatsStatus::ok;
}

// The kernel takes the registration in every network namespace but sends to the first one only
// (kernel/taskstats.c send_cpu_listeners()). A thread is heard of before who joins it wakes.
bool TaskstatsListener::hears_a_thread_end() {
  pid_t tid = 0;
  std::thread([&tid] { tid = ::gettid(); }).join();
  bool is_heard = false;
  for (auto batch = socket_.receive(); !batch.empty(); batch = socket_.receive()) {
    for (const auto& message : batch) {
      const auto parsed = parse_exit_message(message.payload);
      if (parsed && parsed->tid == tid) {
        is_heard = true;  // Of no interest beyond that.
      } else {
        hear(message);
      }
    }
  }
  return is_heard;
}

TaskstatsListener::~TaskstatsListener() {
  if (!thread_.joinable()) return;
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void TaskstatsListener::listen() {
  std::array<pollfd, 2> waits{{{.fd = stop_.get(), .events = POLLIN, .revents = 0},
                               {.fd = socket_.fd(), .events = POLLIN, .revents = 0}}};
  for (;;) {
    ::poll(waits.data(), waits.size(), -1);
    // Those who die together are collected together: a storm costs few wake-ups.
    if (::poll(waits.data(), 1, static_cast<int>(options_.nap.count())) > 0) return;
    for (bool is_more = true; is_more;) {
      const std::lock_guard lock(mutex_);
      is_more = collect_batch();
    }
  }
}

void TaskstatsListener::hear(const TaskstatsSocket::Message& message) {
  if (message.is_answer) return;
  const auto parsed =
      message.is_understood ? parse_exit_message(message.payload) : std::optional<ExitMessage>();
  try {
    if (parsed && assembler_.add(*parsed)) return;
  } catch (const std::bad_alloc&) {
    // In the listener's thread it would end the whole program, which may be somebody else's.
  }
  ++lost_;
}

bool TaskstatsListener::collect_batch() {
  const auto batch = socket_.receive();
  for (const auto& message : batch) hear(message);
  if (batch.empty()) count_dropped();
  return !batch.empty();
}

void TaskstatsListener::count_dropped() {
  const std::uint32_t dropped = socket_.dropped();
  if (dropped == dropped_) return;
  lost_ += dropped - dropped_;
  dropped_ = dropped;
  assembler_.forget_partial();
}

void TaskstatsListener::drain(std::vector<ProcessExit>& exits) {
  const std::lock_guard lock(mutex_);
  while (collect_batch()) {
  }
  assembler_.take(exits);
}

std::uint64_t TaskstatsListener::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_ + (socket_.dropped() - dropped_);
}

}  // namespace proctally::kernel
