#include "core/snapshot.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace proctally {
namespace {

std::int64_t capped(std::uint64_t number) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(number, kMax));
}

}  // namespace

Value Value::integer(std::uint64_t number) {
  Value value;
  value.content_ = Content::integer;
  value.integer_ = capped(number);
  return value;
}

Value Value::real(double number) {
  Value value;
  if (!std::isfinite(number)) return value;
  value.content_ = Content::real;
  value.real_ = number;
  return value;
}

Value Value::seconds(std::uint64_t ns) {
  Value value;
  value.content_ = Content::seconds;
  value.integer_ = capped(ns);
  return value;
}

double Value::as_real() const {
  switch (content_) {
    case Content::integer:
      return static_cast<double>(integer_);
    case Content::real:
      return real_;
    case Content::seconds:
      return static_cast<double>(integer_) / 1e9;
    case Content::absent:
      break;
  }
  return 0;
}

}  // namespace proctally
