#include "plugins/collectd/families.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/settings_checker.h"

namespace proctally::plugins::collectd {
namespace {

const std::vector<std::string_view>& all_names() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < kFamilyCount; ++i) names.push_back(name_of(static_cast<Family>(i)));
    return names;
  }();
  return kNames;
}

std::string explain_unknown(const ConfigValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) {
    return fmt::format("allowed: {}", fmt::join(all_names(), ", "));
  }
  if (text->find_first_of(", ") != std::string::npos) {
    return R"(each family is a word of its own: Collect "cpu" "memory")";
  }
  return suggestion(*text, all_names());
}

}  // namespace

FamilySet read_collect(const Statement& statement, Findings& findings) {
  expect_line(statement, R"(Collect "cpu" "memory")", findings);
  FamilySet families;
  const auto& values = statement.item->values;
  if (values.empty()) {
    findings.problem(statement.path,
                     fmt::format("has no value; allowed: {}", fmt::join(all_names(), ", ")));
  }
  for (const auto& value : values) {
    const auto found = std::ranges::find_if(all_names(), [&value](std::string_view name) {
      const auto* text = std::get_if<std::string>(&value);
      return text != nullptr && is_same_word(*text, name);
    });
    if (found == all_names().end()) {
      findings.problem(statement.path,
                       fmt::format("is {}; {}", shown_value(value), explain_unknown(value)));
      continue;
    }
    const auto family = static_cast<std::size_t>(found - all_names().begin());
    if (families[family]) {
      findings.problem(statement.path, fmt::format("{} stands in the list twice", *found));
    }
    families.set(family);
  }
  return families;
}

}  // namespace proctally::plugins::collectd
