#include "core/accounting/top_groups.h"

#include <algorithm>
#include <cmath>

#include "core/naming/group_label.h"

namespace proctally::accounting {
namespace {

// Work counts half after that time: one burst makes no group busy for long.
constexpr double kHalfLifeNs = 60e9;
// So much busier another has to be to take a published group's place.
constexpr double kAdvantage = 1.25;

double rank_of(const Account& account) {
  return account.is_folded ? account.activity_ns : account.activity_ns * kAdvantage;
}

// Who is gone makes room.
bool is_alive(const Account& account) {
  return account.gauges.processes > 0 || account.usage.user_ns + account.usage.system_ns > 0;
}

bool is_before(const Account* a, const Account* b) {
  if (is_alive(*a) != is_alive(*b)) return is_alive(*a);
  const auto rank_a = rank_of(*a);
  const auto rank_b = rank_of(*b);
  if (rank_a != rank_b) return rank_a > rank_b;
  if (a->is_folded != b->is_folded) return !a->is_folded;
  return a->label < b->label;
}

}  // namespace

void TopGroups::run(std::int64_t now_ns) {
  choose(now_ns);
  accounts_.for_each([](Account& account) {
    if (account.threads) account.threads->publish(account.is_folded);
    if (account.is_folded) return;
    account.published = account.counters;
    subtract(account.published, account.folded);
  });
  // What `_other` once received it goes on to publish.
  if (limit_ || received_ != Counters{}) fold();
}

void TopGroups::choose(std::int64_t now_ns) {
  const auto elapsed_ns = static_cast<double>(now_ns - previous_ns_.value_or(now_ns));
  const auto fading = std::exp2(-elapsed_ns / kHalfLifeNs);
  previous_ns_ = now_ns;
  auto places = limit_.value_or(accounts_.size());
  candidates_.clear();
  accounts_.for_each([&](Account& account) {
    account.activity_ns =
        account.activity_ns * fading + account.usage.user_ns + account.usage.system_ns;
    if (account.label == naming::kOtherLabel) return;
    if (account.is_configured) {
      account.is_folded = false;
      places -= std::min<std::size_t>(places, 1);
    } else {
      candidates_.push_back(&account);
    }
  });
  places = std::min(places, candidates_.size());
  const auto end_of_top = candidates_.begin() + static_cast<std::ptrdiff_t>(places);
  std::nth_element(candidates_.begin(), end_of_top, candidates_.end(), is_before);
  std::for_each(candidates_.begin(), end_of_top, [](auto* account) { account->is_folded = false; });
  std::for_each(end_of_top, candidates_.end(), [](auto* account) { account->is_folded = true; });
  candidates_.erase(candidates_.begin(), end_of_top);
}

void TopGroups::fold() {
  const auto id = accounts_.find_or_create(naming::kOtherLabel);
  accounts_.keep(id);
  auto& other = accounts_.at(id);
  accounts_.for_each([&](Account& account) {
    if (!account.is_folded) return;
    subtract(received_, account.folded);
    account.folded = account.counters;
    subtract(account.folded, account.published);
    add(received_, account.folded);
    merge(other.gauges, account.gauges);
    other.usage.user_ns += account.usage.user_ns;
    other.usage.system_ns += account.usage.system_ns;
    other.usage.most_ns = std::max(other.usage.most_ns, account.usage.most_ns);
  });
  other.published = other.counters;
  add(other.published, received_);
}

}  // namespace proctally::accounting
