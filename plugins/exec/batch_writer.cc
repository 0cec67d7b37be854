#include "plugins/exec/batch_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace proctally::plugins {
namespace {

// The most that an ordinary user may ask for (/proc/sys/fs/pipe-max-size): room for a large batch.
constexpr int kPipeBytes = 1 << 20;

}  // namespace

BatchWriter::BatchWriter(int fd) : fd_(fd), original_fd_(fd) {
  struct stat file {};
  if (::fstat(fd, &file) != 0) return;
  is_pipe_ = S_ISFIFO(file.st_mode);
  if (is_pipe_) (void)::fcntl(fd, F_SETPIPE_SZ, kPipeBytes);
  if (!is_pipe_ && !S_ISCHR(file.st_mode) && !S_ISSOCK(file.st_mode)) return;
  if (!S_ISSOCK(file.st_mode)) {
    const auto own = ::open(fmt::format("/proc/self/fd/{}", fd).c_str(),
                            O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own >= 0) {
      fd_ = own;
      return;
    }
  }
  // Another user's pipe, a socket, or no /proc: the shared flag is all there is.
  const auto flags = ::fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) == 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0) {
    original_flags_ = flags;
  }
}

BatchWriter::~BatchWriter() {
  if (original_flags_ >= 0) (void)::fcntl(original_fd_, F_SETFL, original_flags_);
  if (fd_ != original_fd_) ::close(fd_);
}

BatchWriter::State BatchWriter::submit(std::string& batch) {
  if (state_ == State::closed) return state_;
  if (current_.empty()) {
    current_.swap(batch);
    written_ = 0;
  } else {
    if (!next_.empty()) ++dropped_;
    next_.swap(batch);
  }
  batch.clear();
  return flush();
}

BatchWriter::State BatchWriter::flush() {
  while (state_ != State::closed && !current_.empty()) {
    const auto size = ::write(fd_, current_.data() + written_, current_.size() - written_);
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return state_ = State::pending;
      if (errno != EPIPE && errno != ECONNRESET) error_ = errno;
      return state_ = State::closed;
    }
    written_ += static_cast<std::size_t>(size);
    if (written_ < current_.size()) continue;
    current_.clear();
    current_.swap(next_);
    written_ = 0;
  }
  if (state_ != State::closed) state_ = State::idle;
  return state_;
}

BatchWriter::State BatchWriter::drain(int deadline_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline_ms);
  constexpr int kPauseMs = 2;
  while (std::chrono::steady_clock::now() < deadline) {
    flush();
    if (state_ == State::closed) return state_;
    // Only pipes tell how much is unread; anything else is done once it is written.
    int unread = 0;
    const bool is_read = !is_pipe_ || ::ioctl(fd_, FIONREAD, &unread) != 0 || unread == 0;
    if (state_ == State::idle && is_read) return state_;
    pollfd stream{.fd = fd_, .events = 0, .revents = 0};
    if (::poll(&stream, 1, kPauseMs) > 0) return state_ = State::closed;
  }
  return state_;
}

}  // namespace proctally::plugins
