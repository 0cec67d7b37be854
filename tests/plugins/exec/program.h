#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/unique_fd.h"
#include "tests/support/line_protocol.h"

namespace proctally::test {

/// The real proctally-exec, run as Telegraf runs it: with pipes on its standard streams. Whatever
/// waits for it gives up after a minute. Killed at the end of its scope.
class Program {
 public:
  /// What stdout is.
  enum class Output : std::uint8_t { pipe, pipe_without_reader, socket, full_disk };
  struct Start {
    std::vector<std::string> arguments = {};
    std::string input = {};                     ///< Waits on stdin before the program is there.
    std::vector<int> closed = {};               ///< Standard streams that are not open at all.
    std::vector<std::string> environment = {};  ///< Added to ours, such as "HOST_PROC=/x".
    Output output = Output::pipe;
  };
  using Batch = std::vector<support::ProtocolLine>;

  explicit Program(const Start& start);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  void type(std::string_view text);
  void end_input() { stdin_.reset(); }
  void stop_reading_output() { stdout_.reset(); }
  void stop_reading_log() { stderr_.reset(); }
  void signal(int number) const;

  /// Reads until that many batches have come in whole, or that text stands in the log.
  [[nodiscard]] bool wait_for_batches(std::size_t count);
  [[nodiscard]] bool wait_for_log(std::string_view text);

  /// Reads to the end of both streams; its exit code, or the negative number of the signal that
  /// ended it.
  [[nodiscard]] int finish();

  [[nodiscard]] const std::string& output() const { return output_; }
  [[nodiscard]] const std::string& log() const { return log_; }
  /// The output as line protocol: each batch ends in its line about proctally itself.
  [[nodiscard]] std::vector<Batch> batches() const;

 private:
  bool read_until(const std::function<bool()>& is_enough);

  pid_t pid_ = 0;
  UniqueFd stdin_;
  UniqueFd stdout_;
  UniqueFd stderr_;
  std::string output_;
  std::string log_;
};

/// An integer field of the line about proctally itself; -1 where it is missing.
[[nodiscard]] std::int64_t self_field(const Program::Batch& batch, std::string_view name);

}  // namespace proctally::test
