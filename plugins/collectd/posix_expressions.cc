#include "plugins/collectd/posix_expressions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace proctally::plugins::collectd {
namespace {

struct Difference {
  std::string_view text;
  std::string_view means;
};
constexpr std::array<Difference, 5> kDifferences = {{
    {"\\<", R"(the character < to RE2; the beginning of a word is "\\b")"},
    {"\\>", R"(the character > to RE2; the end of a word is "\\b")"},
    {"\\`", R"(the character ` to RE2; the beginning of the text is "^")"},
    {"\\'", R"(the character ' to RE2; the end of the text is "$")"},
    {"{,", R"(literal text to RE2; up to three times is "{0,3}")"},
}};

bool has(std::string_view expression, std::string_view text) {
  for (auto at = expression.find(text); at != std::string_view::npos;
       at = expression.find(text, at + 1)) {
    // Not behind another backslash, which then is the one that is meant.
    std::size_t backslashes = 0;
    while (backslashes < at && expression[at - backslashes - 1] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> explain_posix(std::string_view expression) {
  // What matches "[kworker/0:1]" in processes: threads of the kernel, which have no arguments.
  if (expression.starts_with("^\\[") || expression.starts_with("\\[")) {
    return R"(begins with "[", as if for threads of the kernel; they have no command line here: )"
           R"(use Process "NAME")";
  }
  const auto* found = std::ranges::find_if(
      kDifferences, [expression](const Difference& each) { return has(expression, each.text); });
  if (found == kDifferences.end()) return std::nullopt;
  return fmt::format("{} is {}", found->text, found->means);
}

}  // namespace proctally::plugins::collectd
