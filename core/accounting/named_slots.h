#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/naming/group_label.h"

namespace proctally::accounting {

/// The name of the CPU time that a group used and no thread of it was seen to use: that of threads
/// and processes between the scan before their end and the end itself, and of those that no scan
/// ever saw. A thread that calls itself so is not in it: its label begins with \x5f.
inline constexpr std::string_view kEndedLabel = "_ended";

/// What is kept under names that come and go, such as those of threads: found by label, walked
/// through in the order of labels, bounded in number. Further names are one, naming::kOtherLabel.
/// Labels are those of make_group_label(); those that are ours neither count nor expire. An id
/// stays valid while it is kept in each scan, and for the time to live thereafter.
template <typename Content>
class NamedSlots {
 public:
  using Id = std::uint32_t;
  static constexpr std::size_t kMaxNames = 256;

  Id find_or_create(std::string_view label) {
    if (const auto found = ids_.find(label); found != ids_.end()) return found->second;
    if (is_own(label)) return create(label);
    if (names_ >= kMaxNames) return find_or_create(naming::kOtherLabel);
    ++names_;
    return create(label);
  }

  [[nodiscard]] Content& at(Id id) { return slots_[id].content; }
  [[nodiscard]] std::string_view label_of(Id id) const { return slots_[id].label; }

  /// Somebody bears that name in this scan. Monotonic time.
  void keep(Id id, std::int64_t now_ns) { slots_[id].last_kept_ns = now_ns; }

  /// Forgets the names that nobody has borne for longer than `ttl_ns`.
  void expire(std::int64_t now_ns, std::int64_t ttl_ns) {
    for (auto entry = ids_.begin(); entry != ids_.end();) {
      const auto id = entry->second;
      const bool is_over = !is_own(entry->first) && now_ns - slots_[id].last_kept_ns > ttl_ns;
      if (is_over) {
        free_ids_.push_back(id);
        --names_;
      }
      entry = is_over ? ids_.erase(entry) : std::next(entry);
    }
  }

  /// What survives a restart: see StateWriter. Ids are others afterwards.
  template <typename Archive, typename Self>
  static void transfer(Archive& archive, Self& self) {
    auto size = static_cast<std::uint64_t>(self.ids_.size());
    archive(size);
    if constexpr (Archive::kReads) {
      self = {};
      for (; size > 0; --size) {
        std::string label;
        archive(label);
        archive.require(!label.empty() && !self.ids_.contains(label) &&
                            (is_own(label) || self.names_ < kMaxNames),
                        "the names of threads contradict");
        auto& slot = self.slots_[self.find_or_create(label)];
        archive(slot.content, slot.last_kept_ns);
      }
    } else {
      for (const auto& [label, id] : self.ids_) {
        archive(label, self.slots_[id].content, self.slots_[id].last_kept_ns);
      }
    }
  }

  /// Calls `visit(label, content)` for every name, sorted by label.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const auto& [label, id] : ids_) visit(std::string_view(label), slots_[id].content);
  }
  template <typename Visit>
  void for_each(Visit visit) {
    for (const auto& [label, id] : ids_) visit(std::string_view(label), slots_[id].content);
  }

 private:
  struct Slot {
    std::string_view label;  ///< The key in ids_.
    Content content{};
    std::int64_t last_kept_ns = 0;
  };

  static bool is_own(std::string_view label) {
    return label == naming::kOtherLabel || label == naming::kEmptyLabel || label == kEndedLabel;
  }

  Id create(std::string_view label) {
    auto id = static_cast<Id>(slots_.size());
    if (free_ids_.empty()) {
      slots_.emplace_back();
    } else {
      id = free_ids_.back();
      free_ids_.pop_back();
    }
    const auto entry = ids_.emplace(label, id).first;
    slots_[id] = Slot{.label = entry->first};
    return id;
  }

  std::map<std::string, Id, std::less<>> ids_;
  std::vector<Slot> slots_;
  std::vector<Id> free_ids_;
  std::size_t names_ = 0;  ///< Those that are not ours.
};

}  // namespace proctally::accounting
