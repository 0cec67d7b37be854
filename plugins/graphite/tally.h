#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace proctally::plugins::graphite {

/// How much of something there was. A batch that was sent in part counts as a batch on each side,
/// so only the lines of such accounts always add up.
struct Tally {
  std::uint64_t batches = 0;
  std::uint64_t lines = 0;

  Tally& operator+=(const Tally& other) {
    batches += other.batches;
    lines += other.lines;
    return *this;
  }
  Tally& operator-=(const Tally& other) {
    batches -= other.batches;
    lines -= other.lines;
    return *this;
  }
  friend Tally operator+(Tally a, const Tally& b) { return a += b; }
  friend Tally operator-(Tally a, const Tally& b) { return a -= b; }
  friend bool operator==(const Tally&, const Tally&) = default;
};

/// Why a batch was given up undelivered.
enum class DropReason : std::uint8_t {
  too_many,   ///< More batches wait than may.
  too_large,  ///< What waits has more bytes than it may.
  too_old,    ///< It waited longer than it may.
  oversized,  ///< It alone has more bytes than all together may.
  damaged,    ///< The disk does not give back what was written to it.
};

inline constexpr std::array kDropReasons{DropReason::too_many, DropReason::too_large,
                                         DropReason::too_old, DropReason::oversized,
                                         DropReason::damaged};

/// What was given up, by reason. Never falls.
class DropCounts {
 public:
  [[nodiscard]] const Tally& operator[](DropReason reason) const {
    return counts_.at(static_cast<std::size_t>(reason));
  }
  void add(DropReason reason, const Tally& dropped) {
    counts_.at(static_cast<std::size_t>(reason)) += dropped;
  }
  [[nodiscard]] Tally total() const {
    Tally sum;
    for (const auto& count : counts_) sum += count;
    return sum;
  }

 private:
  std::array<Tally, kDropReasons.size()> counts_{};
};

/// Whether what is of `time_s` has passed `max_age_s` at `now_s`. What comes from the future (the
/// clock was set back) is not old.
[[nodiscard]] constexpr bool is_too_old(std::int64_t time_s, std::int64_t now_s,
                                        std::int64_t max_age_s) {
  // Unsigned, because a difference of any two times need not fit an int64_t.
  return now_s > time_s && max_age_s >= 0 &&
         static_cast<std::uint64_t>(now_s) - static_cast<std::uint64_t>(time_s) >
             static_cast<std::uint64_t>(max_age_s);
}

}  // namespace proctally::plugins::graphite
