#include "core/accounting/thread_accounts.h"

#include <algorithm>

namespace proctally::accounting {

void ThreadAccounts::begin_scan() {
  misses_work_ = false;
  names.for_each([](std::string_view /*label*/, ThreadName& name) {
    name.threads = 0;
    name.misses_io = false;
  });
  wchans.for_each([](std::string_view /*label*/, std::uint64_t& threads) { threads = 0; });
}

void ThreadAccounts::expire(std::int64_t now_ns, std::int64_t ttl_ns) {
  names.expire(now_ns, ttl_ns);
  wchans.expire(now_ns, ttl_ns);
}

void ThreadAccounts::book(NamedSlots<ThreadName>::Id name, const Totals& work) {
  add(names.at(name).totals, work);
  add(booked_, work);
}

void ThreadAccounts::leave_out(const Totals& work) { add(booked_, work); }

void ThreadAccounts::publish(bool is_folded) {
  names.for_each([is_folded](std::string_view /*label*/, ThreadName& name) {
    auto& part = is_folded ? name.folded : name.published;
    part = name.totals;
    subtract(part, is_folded ? name.published : name.folded);
  });
}

void ThreadAccounts::settle(const Totals& group) {
  if (misses_work_) return;
  Totals open;
  for (const auto member : kCpuTotals) open.*member = group.*member - booked_.*member;
  // Below 0 where threads went on between the reading of their process and their own; that is made
  // up for by the next scan.
  const auto ended_ns = positive_part(open.cpu_ns());
  if (ended_ns == 0) return;
  // The kernel splits the time of a process and that of each thread in proportions of their own.
  Totals work;
  work.user_ns = std::min(positive_part(open.user_ns), ended_ns);
  work.system_ns = ended_ns - work.user_ns;
  book(names.find_or_create(kEndedLabel), work);
}

}  // namespace proctally::accounting
