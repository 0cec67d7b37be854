#pragma once

#include <array>
#include <cstdint>

namespace proctally::accounting {

/// Everything cumulative that is kept of a process, and of a group. CPU in ns. Where one holds
/// differences that may be negative, they are kept modulo 2^64 and read through signed_of().
struct Totals {
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t read_chars = 0;
  std::uint64_t written_chars = 0;
  std::uint64_t read_calls = 0;
  std::uint64_t write_calls = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;

  [[nodiscard]] std::uint64_t cpu_ns() const { return user_ns + system_ns; }
  friend bool operator==(const Totals&, const Totals&) = default;
};

/// The parts of Totals that are read at once, and so become known together.
inline constexpr std::array kCpuTotals = {&Totals::user_ns, &Totals::system_ns};
inline constexpr std::array kFaultTotals = {&Totals::minor_faults, &Totals::major_faults};
inline constexpr std::array kIoTotals = {&Totals::read_chars, &Totals::written_chars,
                                         &Totals::read_calls, &Totals::write_calls,
                                         &Totals::read_bytes, &Totals::written_bytes};
inline constexpr std::array kSwitchTotals = {&Totals::voluntary_switches,
                                             &Totals::involuntary_switches};

template <std::size_t kCount>
void copy(const std::array<std::uint64_t Totals::*, kCount>& members, const Totals& from,
          Totals& to) {
  for (const auto member : members) to.*member = from.*member;
}

/// Calls `visit(member)` for every member of Totals.
template <typename Visit>
void for_each_total(Visit visit) {
  for (const auto member : kCpuTotals) visit(member);
  for (const auto member : kFaultTotals) visit(member);
  for (const auto member : kIoTotals) visit(member);
  for (const auto member : kSwitchTotals) visit(member);
}

inline void add(Totals& sum, const Totals& delta) {
  for_each_total([&](auto member) { sum.*member += delta.*member; });
}
inline void subtract(Totals& sum, const Totals& delta) {
  for_each_total([&](auto member) { sum.*member -= delta.*member; });
}

/// A difference kept modulo 2^64, as what it means.
[[nodiscard]] inline std::int64_t signed_of(std::uint64_t difference) {
  return static_cast<std::int64_t>(difference);
}
/// The same, or 0 where it is negative.
[[nodiscard]] inline std::uint64_t positive_part(std::uint64_t difference) {
  return signed_of(difference) > 0 ? difference : 0;
}
/// How far `now` is above `before`; 0 where it is not.
[[nodiscard]] inline std::uint64_t growth(std::uint64_t before, std::uint64_t now) {
  return now > before ? now - before : 0;
}

/// Adds to `pending` what `members` grew by between `last` and `now`, and makes `now` the last. A
/// member that fell adds nothing: what follows is counted from the lower figure on.
template <std::size_t kCount>
void advance(Totals& last, Totals& pending, const Totals& now,
             const std::array<std::uint64_t Totals::*, kCount>& members) {
  for (const auto member : members) {
    pending.*member += growth(last.*member, now.*member);
    last.*member = now.*member;
  }
}

}  // namespace proctally::accounting
