#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

namespace proctally::test {

/// After so long what a test waits for is not to come.
inline constexpr std::chrono::seconds kPatience{60};

/// The next step on the io_context, or none where nothing is due for a while.
inline void turn(boost::asio::io_context& context) {
  context.restart();
  context.run_one_for(std::chrono::milliseconds(100));
}

/// Turns the io_context until `is_done`; `check` looks at the state after each step.
inline void run_until(
    boost::asio::io_context& context, const std::function<bool()>& is_done,
    const std::function<void()>& check = [] {}) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!is_done()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    turn(context);
    check();
  }
}

}  // namespace proctally::test
