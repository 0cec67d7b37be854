#include "plugins/graphite/in_flight.h"

#include <algorithm>
#include <utility>

namespace proctally::plugins::graphite {

void InFlight::add(BatchRest rest) {
  const auto begin = end_;
  end_ += rest.text().size();
  size_ += rest.tally();
  sent_.push_back({std::move(rest), begin, end_});
}

Tally InFlight::arrived(std::uint64_t bytes) {
  Tally whole;
  while (!sent_.empty() && sent_.front().end <= bytes) {
    whole += sent_.front().rest.tally();
    sent_.pop_front();
  }
  size_ -= whole;
  return whole;
}

std::vector<BatchRest> InFlight::take_back(std::uint64_t bytes) {
  (void)arrived(bytes);
  std::vector<BatchRest> undelivered;
  undelivered.reserve(sent_.size());
  for (const auto& sent : sent_) {
    const auto part = std::max(bytes, sent.begin) - sent.begin;
    undelivered.push_back(sent.rest.after(static_cast<std::size_t>(part)));
  }
  sent_.clear();
  size_ = {};
  end_ = 0;
  return undelivered;
}

}  // namespace proctally::plugins::graphite
