#include "core/naming/namer.h"

#include <optional>

#include "core/naming/group_label.h"

namespace proctally::naming {

Namer::Namer(std::vector<Rule> rules) : rules_(std::move(rules)) {
  for (const auto& rule : rules_) needs_ |= rule.needs();
}

Naming Namer::name(const ProcessFacts& facts) const {
  std::optional<std::size_t> matched_without_name;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& rule = rules_[i];
    Captures captures;
    const auto verdict = rule.match(facts, captures);
    if (verdict == Verdict::unknown) return {.outcome = Naming::Outcome::waiting, .label = {}};
    if (verdict == Verdict::no) continue;
    if (rule.excludes()) {
      return {.outcome = Naming::Outcome::excluded, .label = {}, .rule = i};
    }
    const auto name = rule.name().render(facts, captures);
    if (!rule.admits(name)) continue;
    auto label = make_group_label(name);
    if (!label.empty()) {
      return {.outcome = Naming::Outcome::named, .label = std::move(label), .rule = i};
    }
    if (!matched_without_name) matched_without_name = i;
  }
  if (!matched_without_name) return {};
  return {.outcome = Naming::Outcome::named,
          .label = std::string(kEmptyLabel),
          .rule = *matched_without_name};
}

std::vector<std::string> Namer::configured_labels() const {
  std::vector<std::string> labels;
  for (const auto& rule : rules_) {
    if (rule.excludes() || !rule.name().is_constant()) continue;
    labels.push_back(make_group_label(rule.name().text()));
  }
  return labels;
}

}  // namespace proctally::naming
