#include "core/accounting/share_out.h"

#include <algorithm>
#include <vector>

#include "core/accounting/shares.h"

namespace proctally::accounting {
namespace {

using Amounts = std::vector<std::uint64_t>;

template <typename AmountOf>
Amounts amounts_of(const std::vector<Claim>& claims, AmountOf amount_of) {
  Amounts amounts;
  for (const auto& claim : claims) amounts.push_back(amount_of(claim));
  return amounts;
}

bool is_empty(const Amounts& amounts) {
  return std::ranges::all_of(amounts, [](auto amount) { return amount == 0; });
}

Amounts share_cpu(const std::vector<Claim>& claims, std::uint64_t cpu_ns) {
  const auto certain = amounts_of(claims, [](const Claim& one) { return one.certain_ns; });
  const auto missing = amounts_of(claims, [](const Claim& one) { return one.missing_ns; });
  const auto guesses = amounts_of(claims, [](const Claim& one) { return one.guess_ns; });
  std::uint64_t sum_certain = 0;
  for (const auto amount : certain) sum_certain += amount;
  Amounts shares;
  if (sum_certain >= cpu_ns) {
    share(cpu_ns, is_empty(certain) ? guesses : certain, shares);
    return shares;
  }
  share(cpu_ns - sum_certain, is_empty(missing) ? guesses : missing, shares);
  for (std::size_t i = 0; i < shares.size(); ++i) shares[i] += certain[i];
  return shares;
}

// Takes off what is pending of the reaper what was its children's: what had been counted of them
// before, and what they did since, which is returned.
Totals take_io(const Reaper& reaper, ProcessSampler& sampler) {
  auto& process = reaper.process();
  auto& [seen, open, withheld_ns, io_known] = *process.reaped;
  for (const auto member : kIoTotals) {
    const auto owed = positive_part(std::uint64_t{0} - open.*member);
    const auto paid = std::min(owed, process.pending.*member);
    process.pending.*member -= paid;
    open.*member += paid;
  }
  Totals left;
  if (!reaper.has_grown()) return left;
  const auto merged = sampler.read_reaped_io(process);
  for (const auto member : kIoTotals) {
    if (merged && io_known) {
      left.*member = growth(seen.*member + reaper.io_debt().*member, (*merged).*member);
    } else {
      for (const auto& claim : reaper.claims()) left.*member += claim.work.*member;
    }
    left.*member = std::min(left.*member, process.pending.*member);
    process.pending.*member -= left.*member;
  }
  io_known = merged.has_value();
  if (merged) copy(kIoTotals, *merged, seen);
  return left;
}

}  // namespace

void share_out(Reaper& reaper, ProcessSampler& sampler, Books& books) {
  auto& process = reaper.process();
  if (!process.reaped || !reaper.is_read()) return;
  auto left = reaper.received();
  copy(kIoTotals, Totals{}, left);
  subtract(process.reaped->open, left);
  copy(kIoTotals, take_io(reaper, sampler), left);

  const auto& claims = reaper.claims();
  if (claims.empty()) {
    add(process.pending, left);
    process.has_work = true;
    return;
  }
  std::vector<Totals> parts(claims.size());
  // The sum of both first: user and system time of a short life are not told apart by a tick.
  const auto cpu_shares = share_cpu(claims, left.cpu_ns());
  Amounts shares;
  share(left.user_ns, cpu_shares, shares);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].user_ns = shares[i];
    parts[i].system_ns = cpu_shares[i] - shares[i];
  }
  const auto share_member = [&](auto member) {
    const auto weights =
        amounts_of(claims, [member](const Claim& claim) { return claim.work.*member; });
    share(left.*member, is_empty(weights) ? cpu_shares : weights, shares);
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i].*member = shares[i];
  };
  for (const auto member : kFaultTotals) share_member(member);
  for (const auto member : kIoTotals) share_member(member);
  for (std::size_t i = 0; i < parts.size(); ++i) books.credit(claims[i].group, parts[i]);
}

}  // namespace proctally::accounting
