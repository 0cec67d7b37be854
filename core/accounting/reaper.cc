#include "core/accounting/reaper.h"

#include <algorithm>

namespace proctally::accounting {

Totals Reaper::received() const {
  Totals received;
  if (!process_->reaped || !is_read_) return received;
  const auto& open = process_->reaped->open;
  const auto cpu_ns = growth(process_->reaped->withheld_ns, positive_part(open.cpu_ns()));
  received.user_ns = std::min(cpu_ns, positive_part(open.user_ns));
  received.system_ns = cpu_ns - received.user_ns;
  for (const auto member : kFaultTotals) received.*member = positive_part(open.*member);
  for (const auto member : kIoTotals) {
    received.*member = positive_part(open.*member + process_->pending.*member);
  }
  return received;
}

bool Reaper::has_received(const Totals& debt) const {
  if (!process_->reaped || !is_read_) return false;
  const auto& open = process_->reaped->open;
  for (const auto member : kFaultTotals) {
    if (signed_of(open.*member) < signed_of(debt.*member)) return false;
  }
  return signed_of(open.cpu_ns() + 2 * tick_ns_) >= signed_of(debt.cpu_ns());
}

bool Reaper::has_received_io(const Totals& debt) const {
  if (process_->io_known != Known::yes) return true;
  const auto& open = process_->reaped->open;
  return std::ranges::all_of(kIoTotals, [&](auto member) {
    return signed_of(open.*member + process_->pending.*member) >= signed_of(debt.*member);
  });
}

bool Reaper::has_room(std::uint64_t faults) const {
  const auto received_faults = received().minor_faults;
  return faults_claimed_ > received_faults || received_faults - faults_claimed_ >= faults;
}

bool Reaper::has_just(std::uint64_t faults) const {
  return received().minor_faults == faults_claimed_ + faults;
}

void Reaper::pay(const Totals& debt) {
  auto& open = process_->reaped->open;
  for (const auto member : kCpuTotals) open.*member -= debt.*member;
  for (const auto member : kFaultTotals) open.*member -= debt.*member;
  // Of a reaper whose I/O begins when it can first be read, none of this will count.
  if (process_->io_known != Known::yes && !process_->counts_whole_life) return;
  for (const auto member : kIoTotals) {
    open.*member -= debt.*member;
    io_debt_.*member += debt.*member;
  }
}

void Reaper::add(const Claim& claim) {
  faults_claimed_ += claim.work.minor_faults;
  const auto found = std::ranges::find(claims_, claim.group, &Claim::group);
  if (found == claims_.end()) {
    claims_.push_back(claim);
    return;
  }
  accounting::add(found->work, claim.work);
  found->certain_ns += claim.certain_ns;
  found->missing_ns += claim.missing_ns;
  found->guess_ns += claim.guess_ns;
}

}  // namespace proctally::accounting
