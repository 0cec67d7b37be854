#include "core/slow_threads.h"

#include <pthread.h>

#include <csignal>
#include <system_error>
#include <utility>

namespace proctally {

namespace {

/// What is started while it lives gets no signals.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all{};
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

std::thread SlowThreads::start(const char* name, std::function<void()> run) {
  std::thread thread;
  if (left_ == 0) return thread;
  const SignalsBlocked blocked;
  try {
    thread = std::thread(std::move(run));
    ::pthread_setname_np(thread.native_handle(), name);
    --left_;
  } catch (const std::system_error&) {
    // Too many threads on this host: the requests wait until there is room for one more.
  }
  return thread;
}

}  // namespace proctally
