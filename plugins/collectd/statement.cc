#include "plugins/collectd/statement.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/settings_checker.h"

namespace proctally::plugins::collectd {
namespace {

using Words = std::vector<std::string_view>;

const Words& words_of(Level level) {
  static const Words kOfMatch = {word::kFileDescriptor, word::kContextSwitch, word::kMemoryMaps,
                                 word::kDelayAccounting};
  static const Words kOfPlugin = [] {
    Words words = {word::kConfig, word::kProcess, word::kProcessMatch, word::kCollect};
    words.insert(words.end(), kOfMatch.begin(), kOfMatch.end());
    return words;
  }();
  return level == Level::match ? kOfMatch : kOfPlugin;
}

// Empty where it is none of them.
std::string_view find(const Words& words, std::string_view key) {
  const auto found =
      std::ranges::find_if(words, [key](std::string_view word) { return is_same_word(word, key); });
  return found == words.end() ? std::string_view() : *found;
}

// Without a line number, its first value and its place among its like tell which one is meant.
std::string path_of(const std::string& parent, const ConfigItem& block, const ConfigItem& item,
                    std::string_view word) {
  constexpr std::size_t kMostBytes = 40;
  const auto key = word.empty() ? item.key.substr(0, kMostBytes) : std::string(word);
  auto name = key;
  if (!word.starts_with(word::kCollect) && !item.values.empty()) {
    name += " " + shown_value(item.values.front());
  }
  if (!item.children.empty()) name = "<" + name + ">";
  std::size_t alike = 0;
  std::size_t place = 0;
  for (const auto& other : block.children) {
    if (is_same_word(other.key, item.key)) ++alike;
    if (&other == &item) place = alike;
  }
  if (alike > 1) name += fmt::format(" ({} {})", ordinal(place), key);
  return fmt::format("{} / {}", parent, name);
}

std::string explain_unknown(const ConfigItem& item, Level level) {
  if (suggestion(item.key, {"Interval"}).starts_with("did you mean")) {
    const bool has_number =
        item.values.size() == 1 && std::holds_alternative<double>(item.values.front());
    return fmt::format(
        "belongs into the block that loads the plugin: "
        "<LoadPlugin proctally> Interval {} </LoadPlugin>",
        has_number ? shown_value(item.values.front()) : "10");
  }
  if (!find(words_of(Level::plugin), item.key).empty()) {
    return fmt::format("belongs directly into <Plugin proctally>; allowed here: {}",
                       fmt::join(words_of(level), ", "));
  }
  return "unknown statement; " + suggestion(item.key, words_of(level));
}

}  // namespace

std::vector<Statement> statements_of(const ConfigItem& block, const std::string& path, Level level,
                                     Findings& findings) {
  std::vector<Statement> statements;
  for (const auto& item : block.children) {
    const auto word = find(words_of(level), item.key);
    auto item_path = path_of(path, block, item, find(words_of(Level::plugin), item.key));
    if (word.empty()) {
      findings.problem(item_path, explain_unknown(item, level));
    } else {
      statements.push_back({.item = &item, .word = word, .path = std::move(item_path)});
    }
  }
  return statements;
}

void expect_line(const Statement& statement, std::string_view example, Findings& findings) {
  if (statement.item->children.empty()) return;
  findings.problem(statement.path, fmt::format("is a block, must be a single line: {}", example));
}

}  // namespace proctally::plugins::collectd
