#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "plugins/common/log.h"

namespace proctally::plugins::graphite {

/// Tells the log how it stands with one destination: the first success, then each change once, and
/// not more than one spell of trouble a minute, however often the connection breaks; trouble that
/// lasts is told again every five minutes. One thread.
class StateLog {
 public:
  using Clock = std::chrono::steady_clock;
  enum class State : std::uint8_t {
    untried,  ///< Nothing was to be sent yet.
    works,
    down,     ///< It cannot be reached, or connections break.
    stalled,  ///< There is a connection, but the peer does not read.
  };

  /// `name` is what the log calls the destination; `log` outlives this.
  StateLog(std::string name, const Log& log) : name_(std::move(name)), log_(log) {}

  /// `why` is for people. So many lines wait.
  void trouble(State state, const std::string& why, std::uint64_t lines_waiting,
               Clock::time_point now);
  void works(std::uint64_t lines_waiting);
  /// To be called now and then: trouble that lasts is told again.
  void remind(std::uint64_t lines_waiting, Clock::time_point now);

  [[nodiscard]] State state() const { return state_; }

 private:
  const std::string name_;
  const Log& log_;
  State state_ = State::untried;
  State told_ = State::untried;
  [[nodiscard]] static bool is_trouble(State state) {
    return state == State::down || state == State::stalled;
  }

  std::string why_;
  Clock::time_point told_at_{};  ///< When trouble was told last.
  std::uint64_t untold_ = 0;     ///< Spells of trouble since.
};

}  // namespace proctally::plugins::graphite
