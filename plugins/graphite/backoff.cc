#include "plugins/graphite/backoff.h"

#include <algorithm>
#include <utility>

namespace proctally::plugins::graphite {

Backoff::Backoff(Random random, Range range)
    : random_(std::move(random)), range_(range), ceiling_(range.first) {}

Backoff::Duration Backoff::next() {
  const auto part = std::clamp(random_(), 0.0, 1.0);
  const Duration wait{static_cast<Duration::rep>(part * static_cast<double>(ceiling_.count()))};
  // Compared before it doubles, so that no range makes it overflow.
  ceiling_ = ceiling_ > range_.last / 2 ? range_.last : ceiling_ * 2;
  return wait;
}

}  // namespace proctally::plugins::graphite
