#include "plugins/graphite/state_log.h"

#include <fmt/format.h>

#include "plugins/graphite/wording.h"

namespace proctally::plugins::graphite {
namespace {

constexpr std::chrono::seconds kBetweenSpells{60};
constexpr std::chrono::minutes kBetweenReminders{5};

}  // namespace

void StateLog::trouble(State state, const std::string& why, std::uint64_t lines_waiting,
                       Clock::time_point now) {
  if (!is_trouble(state_) && !is_trouble(told_)) ++untold_;
  state_ = state;
  why_ = why;
  if (told_ == state) return;
  const bool was_told = told_at_ != Clock::time_point{};
  if (!is_trouble(told_) && was_told && now - told_at_ < kBetweenSpells) return;
  log_.warning(fmt::format(
      "{}: {}{}; scans go on, {} wait", name_, why_,
      untold_ > 1 ? fmt::format(" ({} times since the last message)", untold_) : std::string(),
      count_of(lines_waiting, "line")));
  told_ = state;
  told_at_ = now;
  untold_ = 0;
}

void StateLog::works(std::uint64_t lines_waiting) {
  state_ = State::works;
  const auto before = std::exchange(told_, State::works);
  if (before == State::works) return;
  log_.info(fmt::format("{}: {}; {} wait", name_,
                        is_trouble(before) ? "delivers again" : "delivers",
                        count_of(lines_waiting, "line")));
}

void StateLog::remind(std::uint64_t lines_waiting, Clock::time_point now) {
  if (!is_trouble(state_)) return;
  if (!is_trouble(told_)) {
    trouble(state_, why_, lines_waiting, now);
  } else if (now - told_at_ >= kBetweenReminders) {
    told_at_ = now;
    log_.warning(
        fmt::format("{}: still: {}; {} wait", name_, why_, count_of(lines_waiting, "line")));
  }
}

}  // namespace proctally::plugins::graphite
