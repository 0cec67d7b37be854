// How a collector survives a restart: all of it that the next scan builds on, but what the kernel
// tells again.
#include "core/accounting/state_fields.h"
#include "core/collector.h"
#include "core/state_archive.h"

namespace proctally {
namespace {

using accounting::NamingState;

// Sums of two times stay far from where they overflow.
constexpr std::int64_t kMostNs = std::int64_t{1} << 61;

}  // namespace

// Anew come: where the births' cursor stands (a listing instead), what was learned of programs,
// and everything that is of one scan.
template <typename Archive, typename Self>
void Collector::transfer(Archive& archive, Self& self) {
  auto layout = kStateLayout;
  archive(layout);
  archive.require(layout == kStateLayout, "it is of another version of proctally");
  archive(self.settings_hash_, self.stats_, self.accounts_, self.table_, self.deaths_,
          self.settlement_, self.books_, self.top_, self.previous_, self.boot_to_unix_ns_,
          self.refresh_place_, self.listed_ticks_, self.unread_);
}

void Collector::save(std::string& out) const {
  StateWriter writer(out);
  transfer(writer, *this);
  writer.flush();
}

void Collector::restore(std::string_view state, const TimePoint& now) {
  StateReader reader(state);
  transfer(reader, *this);
  reader.require(reader.is_at_end(), "it goes on after its end");
  reader.require(previous_.has_value(), "it is of before the first scan");
  reader.require(previous_->monotonic_ns <= now.monotonic_ns && previous_->boot_ns <= now.boot_ns,
                 "it is of a time that is still to come");
  reader.require(boot_to_unix_ns_ >= -kMostNs && boot_to_unix_ns_ <= kMostNs,
                 "a time is out of range");
  const auto latest_start = static_cast<std::uint64_t>(kMostNs) / sources_.units.ns_per_tick;
  const auto check = [&](const accounting::Process& process) {
    reader.require(process.group == accounting::kNoGroup || accounts_.has(process.group),
                   "a process is in a group that is none");
    reader.require(process.starttime_ticks <= latest_start, "a time is out of range");
  };
  for (const auto& process : table_) check(process);
  for (const auto& dead : deaths_.dead()) check(dead.process);
}

Collector::Collector(const Settings& settings, const Sources& sources, std::string_view state,
                     const TimePoint& now)
    : Collector(settings, sources) {
  const auto hash = settings_hash_;
  restore(state, now);
  if (settings_hash_ != hash) {
    reconfigure(settings);
    return;
  }
  configure(settings);
  for (auto& process : table_) {
    // What cannot be read any more is no reason to leave a group.
    process.is_recheck |= process.naming == NamingState::named;
    process.naming = NamingState::due;
    process.clock_ns = accounting::kNoClock;
  }
}

}  // namespace proctally
