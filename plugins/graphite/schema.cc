#include "plugins/graphite/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/graphite_node.h"

namespace proctally::plugins::graphite {
namespace {

using formats::GraphitePart;
using std::chrono::seconds;

enum class RollUp : std::uint8_t { last, max, average };

RollUp roll_up_of(const MetricInfo& info) {
  // Between two starts there was none.
  const bool is_moment = info.unit == "Unix s";
  if (info.kind == Kind::counter || is_moment) return RollUp::last;
  return info.name.ends_with("_max") ? RollUp::max : RollUp::average;
}

/// The names of all metrics that `is_wanted`, as alternatives: "(a|b)".
template <typename IsWanted>
std::string alternatives(const SchemaRequest& request, IsWanted is_wanted) {
  std::string names;
  const auto add = [&](const auto& catalogue) {
    for (const MetricInfo& info : catalogue) {
      if (is_wanted(info)) names += fmt::format("{}{}", names.empty() ? "(" : "|", info.name);
    }
  };
  add(kMetrics);
  add(kSelfMetrics);
  add(request.own_metrics);
  return names + ')';
}

std::string quoted(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    // Of all that formats::is_graphite_literal allows.
    if (c == '.' || c == '+') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

/// The series of those metrics, whole.
std::string series_pattern(const SchemaRequest& request, const std::string& metrics) {
  if (!request.path) return fmt::format("^{}(_self)?\\.{};", quoted(request.prefix), metrics);
  std::string pattern = "^";
  for (const auto& piece : request.path->pieces()) {
    switch (piece.part) {
      case GraphitePart::text:
        pattern += quoted(piece.text);
        break;
      case GraphitePart::prefix:
        pattern += quoted(request.prefix);
        break;
      case GraphitePart::host:
      case GraphitePart::group:
        // Some hosts, and proctally's own rows, take several nodes.
        pattern += ".+";
        break;
      case GraphitePart::metric:
        pattern += metrics;
        break;
    }
  }
  return pattern + '$';
}

/// All of our series: by what they begin with where that is a node of their own, and otherwise by
/// the names of all metrics.
std::string pattern_of_all(const SchemaRequest& request) {
  if (!request.path) return fmt::format("^{}(_self)?\\.", quoted(request.prefix));
  std::string lead;
  for (const auto& piece : request.path->pieces()) {
    if (piece.part != GraphitePart::text && piece.part != GraphitePart::prefix) break;
    lead += piece.part == GraphitePart::text ? piece.text : request.prefix;
  }
  if (lead.find('.') != std::string::npos) return '^' + quoted(lead);
  return series_pattern(request, alternatives(request, [](const MetricInfo&) { return true; }));
}

/// Sections of one file may not share a name; two prefixes make two of them.
std::string section_name(const SchemaRequest& request) {
  auto name = request.prefix;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !formats::is_graphite_node_byte(c); }, '_');
  return name;
}

struct Archive {
  seconds step;
  seconds kept;
};

std::vector<Archive> archives_of(seconds interval) {
  constexpr seconds kDay{86'400};
  constexpr std::array<Archive, 3> kWanted = {
      {{seconds(0), kDay / 4}, {seconds(60), 7 * kDay}, {seconds(600), 365 * kDay}}};
  std::vector<Archive> archives;
  for (const auto& [step, kept] : kWanted) {
    if (step <= interval) {
      archives = {{interval, kept}};
    } else {
      // whisper rolls up whole slots only.
      const auto last = archives.back().step;
      archives.push_back({(step + last - seconds(1)) / last * last, kept});
    }
  }
  return archives;
}

std::string time_text(seconds time) {
  struct Unit {
    std::int64_t in_seconds;
    char letter;
  };
  // Those that whisper knows; its year has 365 days.
  constexpr std::array<Unit, 5> kUnits = {
      {{31'536'000, 'y'}, {86'400, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}}};
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(), [time](const Unit& candidate) {
    return time.count() % candidate.in_seconds == 0;
  });
  return fmt::format("{}{}", time.count() / unit->in_seconds, unit->letter);
}

/// Of a file: 16 bytes, 12 an archive, 12 a point.
std::int64_t file_bytes(const std::vector<Archive>& archives) {
  std::int64_t bytes = 16;
  for (const auto& archive : archives) bytes += 12 + 12 * (archive.kept / archive.step);
  return bytes;
}

}  // namespace

std::string storage_schemas(const SchemaRequest& request) {
  const auto archives = archives_of(request.interval);
  std::string retentions;
  for (const auto& archive : archives) {
    retentions += fmt::format("{}{}:{}", retentions.empty() ? "" : ",", time_text(archive.step),
                              time_text(archive.kept));
  }
  return fmt::format(
      "# For storage-schemas.conf, in front of every section that matches more, such as "
      "[default]:\n"
      "# the first match decides. One series takes {} kB. Files that are there already keep what\n"
      "# they were made with; whisper-resize changes them.\n"
      "[{}]\n"
      "pattern = {}\n"
      "retentions = {}\n",
      (file_bytes(archives) + 999) / 1000, section_name(request), pattern_of_all(request),
      retentions);
}

std::string storage_aggregation(const SchemaRequest& request) {
  std::string text =
      "# For storage-aggregation.conf, in this order, and in front of every section that matches\n"
      "# more: the first match decides. Files that are there already keep what they were made "
      "with.\n";
  const auto add_rule = [&](std::string_view method, std::string_view least_known,
                            const std::string& pattern) {
    text += fmt::format(
        "[{}_{}]\n"
        "pattern = {}\n"
        "xFilesFactor = {}\n"
        "aggregationMethod = {}\n",
        section_name(request), method, pattern, least_known, method);
  };
  for (const auto& [roll_up, method] :
       {std::pair(RollUp::last, "last"), std::pair(RollUp::max, "max")}) {
    const auto metrics = alternatives(
        request, [wanted = roll_up](const MetricInfo& info) { return roll_up_of(info) == wanted; });
    add_rule(method, "0", series_pattern(request, metrics));
  }
  add_rule("average", "0.3", pattern_of_all(request));
  return text;
}

}  // namespace proctally::plugins::graphite
