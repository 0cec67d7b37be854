#include "plugins/collectd/instance_name.h"

#include "core/naming/group_label.h"

namespace proctally::plugins::collectd {
namespace {

bool is_borne(char c) {
  constexpr std::string_view kBorne =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:@+() ";
  return kBorne.find(c) != std::string_view::npos;
}

}  // namespace

std::string instance_name(std::string_view label) {
  std::string name(label);
  for (char& c : name) {
    if (!is_borne(c)) c = '_';
  }
  if (name == label && name.size() <= kMaxInstanceBytes) return name;
  const auto hash = naming::fingerprint(label);
  return name.substr(0, kMaxInstanceBytes - 1 - hash.size()) + '~' + hash;
}

}  // namespace proctally::plugins::collectd
