#pragma once

#include <cstdint>
#include <string>

namespace proctally::plugins {

/// Writes whole batches to a descriptor and never waits for its reader. While one batch is on its
/// way at most one newer batch waits; a still newer one takes that one's place, and the loss is
/// counted. A batch that was begun is always finished, so the reader never sees half a line.
class BatchWriter {
 public:
  enum class State : std::uint8_t {
    idle,     ///< Everything is written.
    pending,  ///< The reader is slow: call flush() when the descriptor is writable.
    closed,   ///< The reader is gone.
  };

  /// Writes to `fd` without blocking: through a description of our own where it is a pipe or a
  /// terminal, because O_NONBLOCK would change that of everybody who shares it. Files are never
  /// slow in this sense.
  explicit BatchWriter(int fd);
  ~BatchWriter();
  BatchWriter(const BatchWriter&) = delete;
  BatchWriter& operator=(const BatchWriter&) = delete;

  /// Takes the content of `batch`, and gives an empty string back whose memory can be used again.
  State submit(std::string& batch);
  State flush();

  /// Waits until everything is written and the pipe is read empty, `deadline_ms` at most. Telegraf
  /// closes its end as soon as we are gone, and loses what is in the pipe (telegraf.md 1.7).
  State drain(int deadline_ms);

  [[nodiscard]] State state() const { return state_; }
  /// Why it is closed, as errno, where the reader's end is not the reason; else 0.
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  int fd_;
  int original_fd_;
  bool is_pipe_ = false;
  int original_flags_ = -1;  ///< To be restored; -1: nothing to restore.
  State state_ = State::idle;
  int error_ = 0;
  std::string current_;
  std::size_t written_ = 0;  ///< Of current_.
  std::string next_;
  std::uint64_t dropped_ = 0;
};

}  // namespace proctally::plugins
