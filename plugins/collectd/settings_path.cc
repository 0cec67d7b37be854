#include "plugins/collectd/settings_path.h"

#include <charconv>

namespace proctally::plugins::collectd {
namespace {

std::string cut_word(std::string_view& rest) {
  const auto size = rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
  std::string word(rest.substr(0, size));
  rest.remove_prefix(word.size());
  return word;
}

std::optional<std::size_t> cut_index(std::string_view& rest) {
  std::size_t index = 0;
  if (!rest.starts_with('[')) return std::nullopt;
  const auto* const end = rest.data() + rest.size();
  const auto [after, error] = std::from_chars(rest.data() + 1, end, index);
  if (error != std::errc() || after == end || *after != ']') return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(after + 1 - rest.data()));
  return index;
}

}  // namespace

SettingsProblem split_problem(std::string_view problem) {
  SettingsProblem parts;
  auto rest = problem;
  parts.list = cut_word(rest);
  parts.index = cut_index(rest);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    parts.key = cut_word(rest);
    (void)cut_index(rest);
  }
  constexpr std::string_view kEnd = ": ";
  if (parts.list.empty() || !rest.starts_with(kEnd)) {
    return {.list = {}, .index = {}, .key = {}, .text = std::string(problem)};
  }
  parts.text = rest.substr(kEnd.size());
  return parts;
}

}  // namespace proctally::plugins::collectd
