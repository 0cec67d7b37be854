#include "core/naming/name_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <stdexcept>

#include "core/naming/cgroup_names.h"
#include "core/procfs/text.h"

namespace proctally::naming {
namespace {

constexpr std::string_view kAllowed =
    "allowed: {{.Comm}} {{.ExeBase}} {{.ExeFull}} {{.Username}} {{.PID}} {{.StartTime}} "
    "{{.Matches.NAME}} {{.Capture}} {{.Cgroups}} {{index .Cgroups N}} {{.Unit}} {{.Container}}";

// As Go prints a time.Time in UTC, which is what process-exporter's users see.
std::string go_time(std::int64_t unix_ns) {
  constexpr std::int64_t kNsPerSecond = 1'000'000'000;
  const auto seconds = static_cast<std::time_t>(unix_ns / kNsPerSecond);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &utc);
  std::string result(text.data(), size);
  // The kernel's start time is in hundredths of a second.
  if (const auto hundredths = unix_ns % kNsPerSecond / 10'000'000; hundredths > 0) {
    auto fraction = fmt::format(".{:02}", hundredths);
    if (fraction.back() == '0') fraction.pop_back();
    result += fraction;
  }
  return result + " +0000 UTC";
}

std::string go_list(const std::vector<std::string>& items) {
  return fmt::format("[{}]", fmt::join(items, " "));
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// What is between the quotes of a string constant that needs no escapes; else nothing.
std::optional<std::string_view> unquoted(std::string_view text) {
  const bool is_quoted = text.size() >= 2 && text.front() == text.back() &&
                         (text.front() == '"' || text.front() == '`');
  if (!is_quoted) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  return text.find_first_of("\"`\\") == std::string_view::npos ? std::optional(text) : std::nullopt;
}

std::string expect_capture(std::string_view name, std::string_view words, std::size_t position,
                           const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return std::string(name);
  throw std::invalid_argument(fmt::format(
      "{{{{{}}}}} at byte {}: no cmdline expression of this item captures (?P<{}>...); {}", words,
      position, name,
      known.empty() ? "it captures none" : fmt::format("captured: {}", fmt::join(known, ", "))));
}

// Why an action of Go's is none of ours; empty where there is no more to say than what is allowed.
std::string_view hint_for(std::string_view words) {
  if (words.starts_with('-') || words.ends_with('-')) {
    return ", {{- and -}} trim nothing here: leave the - out";
  }
  if (words == ".Matches") return ", name the one that is meant: {{.Matches.NAME}}";
  return {};
}

const std::vector<std::string>& cgroups_of(const ProcessFacts& facts) {
  static const std::vector<std::string> kNone;
  return facts.cgroups != nullptr ? *facts.cgroups : kNone;
}

// Empty where there is no command line: comm, which is no path, stands in for it then.
std::string_view argv0_of(const ProcessFacts& facts) {
  const bool is_known = facts.slow != nullptr && facts.slow->cmdline;
  return is_known ? std::string_view(facts.slow->cmdline->argv0) : std::string_view();
}

}  // namespace

std::string_view base_name(std::string_view path) {
  if (path.empty()) return ".";
  const auto last = path.find_last_not_of('/');
  if (last == std::string_view::npos) return "/";
  path = path.substr(0, last + 1);
  return path.substr(path.rfind('/') + 1);
}

NameTemplate::NameTemplate(std::string_view text, const std::vector<std::string>& capture_names)
    : text_(text) {
  if (text.empty()) throw std::invalid_argument(fmt::format("empty name; {}", kAllowed));
  std::size_t position = 0;
  while (position < text.size()) {
    const auto open = text.find("{{", position);
    if (open != position) {
      parts_.push_back({Variable::literal, std::string(text.substr(position, open - position))});
    }
    if (open == std::string_view::npos) break;
    const auto close = text.find("}}", open);
    if (close == std::string_view::npos) {
      throw std::invalid_argument(fmt::format("{{{{ at byte {} without }}}}; {}", open, kAllowed));
    }
    parts_.push_back(parse_action(text.substr(open + 2, close - open - 2), open, capture_names));
    position = close + 2;
  }
}

NameTemplate::Part NameTemplate::parse_action(std::string_view action, std::size_t position,
                                              const std::vector<std::string>& capture_names) {
  struct Named {
    std::string_view name;
    Variable variable;
  };
  constexpr std::array<Named, 10> kVariables = {{{".Comm", Variable::comm},
                                                 {".ExeBase", Variable::exe_base},
                                                 {".ExeFull", Variable::exe_full},
                                                 {".Username", Variable::user_name},
                                                 {".PID", Variable::pid},
                                                 {".StartTime", Variable::start_time},
                                                 {".Capture", Variable::first_capture},
                                                 {".Cgroups", Variable::cgroups},
                                                 {".Unit", Variable::unit},
                                                 {".Container", Variable::container}}};
  auto words = trimmed(action);
  for (const auto& [name, variable] : kVariables) {
    if (words == name) return {variable, {}};
  }
  constexpr std::string_view kMatches = ".Matches.";
  if (words.starts_with(kMatches)) {
    const auto name = words.substr(kMatches.size());
    return {Variable::capture, expect_capture(name, words, position, capture_names)};
  }
  if (auto part = parse_index(words, position, capture_names)) return std::move(*part);
  throw std::invalid_argument(fmt::format("{{{{{}}}}} at byte {} is unknown{}; {}", words, position,
                                          hint_for(words), kAllowed));
}

std::optional<NameTemplate::Part> NameTemplate::parse_index(
    std::string_view words, std::size_t position, const std::vector<std::string>& capture_names) {
  const auto all = words;
  if (procfs::cut_word(words) != "index") return std::nullopt;
  const auto of_what = procfs::cut_word(words);
  words = trimmed(words);
  if (of_what == ".Cgroups") {
    const auto index = procfs::parse_number<std::size_t>(words);
    if (index) return Part{Variable::cgroup_at, {}, *index};
  } else if (of_what == ".Matches") {
    const auto name = unquoted(words);
    if (name) return Part{Variable::capture, expect_capture(*name, all, position, capture_names)};
  }
  return std::nullopt;
}

std::string NameTemplate::render(const ProcessFacts& facts, const Captures& captures) const {
  std::string name;
  for (const auto& part : parts_) name += value_of(part, facts, captures);
  return name;
}

std::string NameTemplate::value_of(const Part& part, const ProcessFacts& facts,
                                   const Captures& captures) {
  switch (part.variable) {
    case Variable::literal:
      return part.argument;
    case Variable::comm:
      return std::string(facts.comm);
    case Variable::exe_full: {
      const auto argv0 = argv0_of(facts);
      return std::string(argv0.empty() ? facts.comm : argv0);
    }
    case Variable::exe_base: {
      const auto argv0 = argv0_of(facts);
      return std::string(argv0.empty() ? facts.comm : base_name(argv0));
    }
    case Variable::user_name:
      if (const auto* name = facts.find_user_name()) return *name;
      return facts.effective_uid ? std::to_string(*facts.effective_uid) : std::string();
    case Variable::pid:
      return std::to_string(facts.pid);
    case Variable::start_time:
      return go_time(facts.start_unix_ns);
    case Variable::capture: {
      const auto found = captures.named.find(part.argument);
      return found != captures.named.end() ? found->second : std::string();
    }
    case Variable::first_capture:
      return captures.first;
    case Variable::cgroups:
      return go_list(cgroups_of(facts));
    case Variable::cgroup_at: {
      const auto& cgroups = cgroups_of(facts);
      return part.index < cgroups.size() ? cgroups[part.index] : std::string();
    }
    case Variable::unit:
      return systemd_unit(cgroups_of(facts));
    case Variable::container:
      return container_id(cgroups_of(facts));
  }
  return {};
}

bool NameTemplate::is_constant() const {
  return std::all_of(parts_.begin(), parts_.end(),
                     [](const Part& part) { return part.variable == Variable::literal; });
}

bool NameTemplate::has(Variable variable) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [variable](const Part& part) { return part.variable == variable; });
}

bool NameTemplate::shows_first_capture() const { return has(Variable::first_capture); }

bool NameTemplate::tells_processes_apart() const {
  return has(Variable::pid) || has(Variable::start_time);
}

FactNeeds NameTemplate::needs() const {
  FactNeeds needs;
  for (const auto& part : parts_) {
    switch (part.variable) {
      case Variable::exe_base:
      case Variable::exe_full:
      case Variable::capture:
      case Variable::first_capture:
        needs.cmdline = true;
        break;
      case Variable::user_name:
        needs.user = true;
        break;
      case Variable::cgroups:
      case Variable::cgroup_at:
      case Variable::unit:
      case Variable::container:
        needs.cgroups = true;
        break;
      default:
        break;
    }
  }
  return needs;
}

}  // namespace proctally::naming
