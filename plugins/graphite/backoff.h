#pragma once

#include <chrono>
#include <functional>
#include <utility>

namespace proctally::plugins::graphite {

/// A connection that has lasted so long works. A load balancer without a backend accepts every one,
/// and ends it.
inline constexpr std::chrono::seconds kProvenAge{5};

/// How long to wait before the next attempt to connect: a random time between nothing and a ceiling
/// that doubles with each attempt ("full jitter"), so that many clients of one receiver do not come
/// back all at once. Only a success that was proven puts the ceiling back. One thread.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;
  /// Gives a number from 0 to below 1, each as likely.
  using Random = std::function<double()>;

  struct Range {
    Duration first = std::chrono::seconds{1};  ///< The ceiling of the first wait.
    Duration last = std::chrono::seconds{60};  ///< The highest ceiling.
  };

  explicit Backoff(Random random) : Backoff(std::move(random), Range{}) {}
  Backoff(Random random, Range range);

  /// The wait before the next attempt; raises the ceiling of the one after.
  [[nodiscard]] Duration next();
  /// The connection has carried data, and has lasted.
  void prove_success() { ceiling_ = range_.first; }
  /// The most that next() would give.
  [[nodiscard]] Duration ceiling() const { return ceiling_; }

 private:
  Random random_;
  Range range_;
  Duration ceiling_;
};

}  // namespace proctally::plugins::graphite
