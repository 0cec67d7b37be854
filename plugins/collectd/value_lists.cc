#include "plugins/collectd/value_lists.h"

#include <array>

#include "plugins/collectd/instance_name.h"

namespace proctally::plugins::collectd {

template <typename Catalogue>
std::vector<ValueLists::Shape> ValueLists::shapes_of(const Catalogue& catalogue) {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < catalogue.size(); ++i) {
    const auto& name = catalogue.at(i).collectd;
    if (name.type.empty()) continue;
    const auto& type = stock_type(name.type);
    if (!shapes.empty() && shapes.back().type == &type &&
        shapes.back().type_instance == name.instance) {
      ++shapes.back().count;
    } else {
      shapes.push_back({.type = &type, .type_instance = name.instance, .first = i, .count = 1});
    }
  }
  return shapes;
}

template <typename Catalogue, typename Id, std::size_t kCount>
void ValueLists::send_one(const Shape& shape, const Catalogue& catalogue,
                          const Values<Id, kCount>& values, ValueList& list,
                          const ValueListSink& sink) {
  constexpr std::size_t kMostSources = 2;
  std::array<Number, kMostSources> numbers{};
  for (std::size_t i = 0; i < shape.count; ++i) {
    const auto place = shape.first + i;
    const auto& value = values[static_cast<Id>(place)];
    if (value.is_absent()) return;
    numbers.at(i) = number_of(value, catalogue.at(place).type, *shape.type);
  }
  list.type = shape.type->name;
  list.type_instance = shape.type_instance;
  list.kind = shape.type->kind;
  list.numbers = std::span(numbers).first(shape.count);
  sink(list);
}

ValueLists::ValueLists() : of_groups_(shapes_of(kMetrics)), of_self_(shapes_of(kSelfMetrics)) {}

void ValueLists::send(const Snapshot& snapshot, const HiddenFamilies& hidden,
                      const ValueListSink& sink) const {
  ValueList list{};
  list.wall_ns = snapshot.wall_ns;
  list.plugin = "proctally";
  for (const auto& group : snapshot.groups) {
    const auto instance = instance_name(group.name);
    const auto hides = hidden.find(group.name);
    list.plugin_instance = instance;
    for (const auto& shape : of_groups_) {
      if (hides != hidden.end() && has(hides->second, kMetrics.at(shape.first).family)) continue;
      send_one(shape, kMetrics, group.values, list, sink);
    }
  }
  list.plugin = "proctally_self";
  list.plugin_instance = {};
  for (const auto& shape : of_self_) send_one(shape, kSelfMetrics, snapshot.self, list, sink);
}

}  // namespace proctally::plugins::collectd
