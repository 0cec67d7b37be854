#pragma once

#include <cstdint>
#include <string_view>

#include "core/accounting/named_slots.h"
#include "core/accounting/totals.h"

namespace proctally::accounting {

/// The threads of one name in one group.
struct ThreadName {
  Totals totals;              ///< They only grow, also while nobody bears the name.
  Totals published;           ///< The part of them that was done while the group was published
  Totals folded;              ///< by itself, and while it was a part of `_other`.
  std::uint64_t threads = 0;  ///< That live in this scan.
  bool misses_io = false;     ///< The I/O of one of them may not be read: the sum is not known.
};

/// The work of one group's threads by their names. All names together, with kEndedLabel, have used
/// as much CPU as the group since start(); but for a moment more, because threads are read later.
class ThreadAccounts {
 public:
  /// The group's totals from which on its threads are read, the work of this scan left out.
  void start(const Totals& group) { booked_ = group; }

  /// Sets what belongs to one scan to zero.
  void begin_scan();
  void expire(std::int64_t now_ns, std::int64_t ttl_ns);

  void book(NamedSlots<ThreadName>::Id name, const Totals& work);
  /// CPU time that goes onto the group's account, of before its threads were known.
  void leave_out(const Totals& work);
  /// Of this scan settle() learns nothing: what a thread of the group did is not read so far.
  void miss() { misses_work_ = true; }
  /// Once in a scan, when all is on the books: what is on the group's account and on no thread's is
  /// of such that ended.
  void settle(const Totals& group);
  /// Puts what is new to the part that is published, or to the one that is not because the group is
  /// a part of `_other` in this scan.
  void publish(bool is_folded);

  /// What survives a restart: see StateWriter. What threads did meanwhile is on kEndedLabel then.
  template <typename Archive, typename Self>
  static void transfer(Archive& archive, Self& self) {
    archive(self.booked_, self.names);
  }

  NamedSlots<ThreadName> names;
  NamedSlots<std::uint64_t> wchans;  ///< How many threads wait there in this scan.

 private:
  Totals booked_;  ///< So much of the group's CPU time is settled.
  bool misses_work_ = false;
};

}  // namespace proctally::accounting
