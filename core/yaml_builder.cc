#include "core/yaml_builder.h"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/settings_checker.h"

namespace proctally {
namespace {

constexpr std::size_t kMostLevels = 32;
constexpr std::size_t kMostCost = 100'000;
// A text costs one for itself and one for so many bytes, or aliases of a long one would be cheap.
constexpr std::size_t kBytesPerCost = 64;

// yaml-cpp's tags of scalars that have none of their own.
constexpr std::string_view kPlain = "?";
constexpr std::string_view kQuoted = "!";

[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& what) {
  throw YAML::ParserException(mark, what);
}

void check_tag(const YAML::Mark& mark, std::string_view tag) {
  constexpr std::array<std::string_view, 9> kKnown = {"",
                                                      kPlain,
                                                      kQuoted,
                                                      "tag:yaml.org,2002:str",
                                                      "tag:yaml.org,2002:int",
                                                      "tag:yaml.org,2002:bool",
                                                      "tag:yaml.org,2002:null",
                                                      "tag:yaml.org,2002:seq",
                                                      "tag:yaml.org,2002:map"};
  if (std::find(kKnown.begin(), kKnown.end(), tag) != kKnown.end()) return;
  refuse(mark, fmt::format("the tag {} means nothing here; leave it out", tag));
}

bool is_whole_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return false;
  return text.size() == 1 || text.front() != '0';
}

nlohmann::json plain_value(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  constexpr std::size_t kMostDigits = 30;  // More hold no number of ours, and some no double.
  if (is_whole_number(text) && text.size() <= kMostDigits) return nlohmann::json::parse(text);
  return text;
}

}  // namespace

bool YamlBuilder::expects_key() const {
  return !open_.empty() && open_.back().part.value.is_object() && !open_.back().has_key;
}

bool YamlBuilder::expects_text() const {
  if (open_.empty()) return false;
  return open_.back().part.value.is_array() || open_.back().key == "name";
}

std::string YamlBuilder::path_here() const {
  if (open_.empty()) return {};
  const auto& inner = open_.back();
  return inner.part.value.is_array() ? path_of(inner.path, inner.part.value.size())
                                     : path_of(inner.path, inner.key);
}

void YamlBuilder::charge(const YAML::Mark& mark, std::size_t cost) {
  cost_ += cost;
  if (cost_ <= kMostCost) return;
  refuse(mark, fmt::format("more than {} values, those of aliases too; settings never have so many",
                           kMostCost));
}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (expects_key()) refuse(mark, "a key must be a text");
  charge(mark, 1);
  place({.value = nullptr}, mark, anchor);
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchored_.find(anchor);
  if (found == anchored_.end()) refuse(mark, "an alias of something that it is a part of");
  const auto& part = found->second;
  if (expects_key() && !part.value.is_string()) refuse(mark, "a key must be a text");
  charge(mark, part.cost);
  place(part, mark, YAML::NullAnchor);
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& text) {
  check_tag(mark, tag);
  Part part{.value = text, .cost = 1 + text.size() / kBytesPerCost};
  charge(mark, part.cost);
  if (expects_key()) {
    const bool is_merge = text == "<<" && tag == kPlain;
    if (anchor != YAML::NullAnchor) anchored_[anchor] = part;
    take_key(text, is_merge);
    return;
  }
  const bool is_text = tag == kQuoted || tag == "tag:yaml.org,2002:str" || expects_text();
  if (!is_text) part.value = plain_value(text);
  place(std::move(part), mark, anchor);
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) {
  open(Json::array(), mark, tag, anchor);
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value /*style*/) {
  open(Json::object(), mark, tag, anchor);
}

void YamlBuilder::OnSequenceEnd() { close(); }

void YamlBuilder::OnMapEnd() {
  merge(open_.back());
  close();
}

void YamlBuilder::open(Json empty, const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor) {
  check_tag(mark, tag);
  if (expects_key()) refuse(mark, "a key must be a text");
  charge(mark, 1);
  auto path = path_here();
  Open opened;
  opened.part = {.value = std::move(empty), .cost = 1, .levels = 1};
  opened.mark = mark;
  opened.anchor = anchor;
  opened.path = std::move(path);
  open_.push_back(std::move(opened));
  if (open_.size() > kMostLevels) {
    refuse(mark, fmt::format("lists and maps stand in each other more than {} levels deep; no "
                             "setting needs that",
                             kMostLevels));
  }
}

void YamlBuilder::close() {
  auto closed = std::move(open_.back());
  open_.pop_back();
  place(std::move(closed.part), closed.mark, closed.anchor);
}

void YamlBuilder::place(Part part, const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (anchor != YAML::NullAnchor) anchored_[anchor] = part;
  if (open_.empty()) {
    root_ = std::move(part);
    return;
  }
  auto& around = open_.back();
  around.part.cost += part.cost;
  around.part.levels = std::max(around.part.levels, part.levels + 1);
  if (around.part.levels + open_.size() > kMostLevels + 1) {
    refuse(mark, fmt::format("lists and maps stand in each other more than {} levels deep; no "
                             "setting needs that",
                             kMostLevels));
  }
  if (around.part.value.is_array()) {
    around.part.value.push_back(std::move(part.value));
  } else if (!around.has_key) {
    take_key(part.value.get<std::string>(), false);
  } else if (around.has_key = false; !around.is_merge) {
    around.part.value[around.key] = std::move(part.value);
  } else {
    auto maps = part.value.is_array() ? std::move(part.value) : Json::array({part.value});
    for (auto& map : maps) {
      if (!map.is_object()) refuse(mark, "<< must be followed by a map, or by a list of maps");
      around.merges.push_back(std::move(map));
    }
  }
}

void YamlBuilder::take_key(std::string key, bool is_merge) {
  auto& map = open_.back();
  map.has_key = true;
  map.is_merge = is_merge;
  map.key = std::move(key);
  const bool is_second = is_merge ? !map.merges.empty() : map.part.value.contains(map.key);
  if (!is_second) return;
  problems_.push_back(fmt::format("{}: given twice in one object; leave one out", path_here()));
}

// What stands in the map itself counts, then what is merged first.
void YamlBuilder::merge(Open& map) {
  for (auto& merged : map.merges) {
    for (auto& [key, value] : merged.items()) {
      if (!map.part.value.contains(key)) map.part.value[key] = std::move(value);
    }
  }
}

}  // namespace proctally
