#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/metrics.h"

namespace proctally {

/// One published number, or its absence. What could not be read is absent, never 0.
class Value {
 public:
  Value() = default;
  [[nodiscard]] static Value integer(std::uint64_t number);  ///< Capped at INT64_MAX.
  [[nodiscard]] static Value real(double number);            ///< NaN and infinities are absent.
  [[nodiscard]] static Value seconds(std::uint64_t ns);      ///< Capped at INT64_MAX ns.

  [[nodiscard]] bool is_absent() const { return content_ == Content::absent; }
  [[nodiscard]] bool is_integer() const { return content_ == Content::integer; }
  /// The integer; only where is_integer().
  [[nodiscard]] std::int64_t as_integer() const { return integer_; }
  /// Any value as a real number, seconds in s. 0 where it is absent.
  [[nodiscard]] double as_real() const;
  /// Nanoseconds; only of a value made by seconds().
  [[nodiscard]] std::int64_t as_ns() const { return integer_; }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  enum class Content : std::uint8_t { absent, integer, real, seconds };
  Content content_ = Content::absent;
  std::int64_t integer_ = 0;
  double real_ = 0;
};

template <typename Id, std::size_t kCount>
class Values {
 public:
  [[nodiscard]] Value& operator[](Id id) { return values_.at(static_cast<std::size_t>(id)); }
  [[nodiscard]] const Value& operator[](Id id) const {
    return values_.at(static_cast<std::size_t>(id));
  }
  friend bool operator==(const Values&, const Values&) = default;

 private:
  std::array<Value, kCount> values_{};
};

using GroupValues = Values<Metric, kMetricCount>;
using ThreadValues = Values<ThreadMetric, kThreadMetricCount>;
using SelfValues = Values<SelfMetric, kSelfMetricCount>;

struct GroupRow {
  /// Printable: 1 to 256 bytes of valid UTF-8 without controls; every other byte of the name, and
  /// every backslash, stands in it as \xNN (see naming/group_label.h). Unique in a snapshot.
  std::string_view name;
  GroupValues values;
};

/// The threads of one name in one group.
struct ThreadRow {
  std::size_t group = 0;  ///< Its place in Snapshot::groups.
  std::string_view name;  ///< Printable, as a group's.
  ThreadValues values;
};

/// How many threads of a group wait at one place in the kernel at the moment.
struct WchanRow {
  std::size_t group = 0;
  std::string_view name;  ///< A function of the kernel; printable.
  std::uint64_t threads = 0;
};

/// What one scan yields, complete: plain data that knows no process. Owned by the collector; all of
/// it, the names too, is valid until its next scan.
struct Snapshot {
  std::int64_t wall_ns = 0;  ///< CLOCK_REALTIME of the scan's start: one timestamp for all rows.
  std::vector<GroupRow> groups;    ///< Sorted by name, byte by byte.
  std::vector<ThreadRow> threads;  ///< Of groups that ask for them; sorted by group and name.
  std::vector<WchanRow> wchans;    ///< Likewise.
  SelfValues self;
};

}  // namespace proctally
