#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics.h"
#include "core/snapshot.h"
#include "plugins/collectd/stock_types.h"

namespace proctally::plugins::collectd {

/// What the daemon takes at once: the data sources of one type. Its views are valid during the call
/// that gets it.
struct ValueList {
  std::int64_t wall_ns;  ///< The same for all of one scan.
  std::string_view plugin;
  std::string_view plugin_instance;
  std::string_view type;
  std::string_view type_instance;
  Kind kind;  ///< Of all numbers: DERIVE or GAUGE.
  std::span<const Number> numbers;
};
using ValueListSink = std::function<void(const ValueList&)>;

/// Of groups, by their labels, the families that are not to be sent.
using HiddenFamilies = std::map<std::string, FamilySet, std::less<>>;

/// Cuts a snapshot into value lists, as the catalogue says: a group is an instance of the plugin
/// `proctally`, and the row of its own is the plugin `proctally_self`. A list of which a value is
/// absent is left out.
class ValueLists {
 public:
  ValueLists();

  void send(const Snapshot& snapshot, const HiddenFamilies& hidden,
            const ValueListSink& sink) const;

 private:
  struct Shape {
    const StockType* type;
    std::string_view type_instance;
    std::size_t first;  ///< Of `count` metrics that stand beside each other in the catalogue.
    std::size_t count;
  };

  template <typename Catalogue>
  static std::vector<Shape> shapes_of(const Catalogue& catalogue);
  template <typename Catalogue, typename Id, std::size_t kCount>
  static void send_one(const Shape& shape, const Catalogue& catalogue,
                       const Values<Id, kCount>& values, ValueList& list,
                       const ValueListSink& sink);

  std::vector<Shape> of_groups_;
  std::vector<Shape> of_self_;
};

}  // namespace proctally::plugins::collectd
