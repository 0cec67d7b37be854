#pragma once

#include <array>
#include <cstdint>

namespace proctally::accounting {

/// Everything cumulative that is kept of a process, and of a group. CPU in ns.
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

  [[nodiscard]] std::uint64_t cpu_ns() const { return user_ns + system_ns; }
  friend bool operator==(const Totals&, const Totals&) = default;
};

/// The parts of Totals that are read from one file, and so become known together.
inline constexpr std::array kCpuTotals = {&Totals::user_ns, &Totals::system_ns};
inline constexpr std::array kFaultTotals = {&Totals::minor_faults, &Totals::major_faults};
inline constexpr std::array kIoTotals = {&Totals::read_chars, &Totals::written_chars,
                                         &Totals::read_calls, &Totals::write_calls,
                                         &Totals::read_bytes, &Totals::written_bytes};

inline void add(Totals& sum, const Totals& delta) {
  const auto add_part = [&](const auto& members) {
    for (const auto member : members) sum.*member += delta.*member;
  };
  add_part(kCpuTotals);
  add_part(kFaultTotals);
  add_part(kIoTotals);
}

/// Adds to `pending` what `members` grew by between `last` and `now`, and makes `now` the last. A
/// member that fell adds nothing: what follows is counted from the lower figure on.
template <std::size_t kCount>
void advance(Totals& last, Totals& pending, const Totals& now,
             const std::array<std::uint64_t Totals::*, kCount>& members) {
  for (const auto member : members) {
    if (now.*member > last.*member) pending.*member += now.*member - last.*member;
    last.*member = now.*member;
  }
}

}  // namespace proctally::accounting
