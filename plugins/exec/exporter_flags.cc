#include "plugins/exec/exporter_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/duration.h"
#include "core/settings.h"
#include "plugins/common/options.h"

namespace proctally::plugins {
namespace {

using Json = nlohmann::json;

// A hundred years: as long as any process lives.
constexpr std::string_view kForEver = "876000h";

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::vector<std::string> read_procnames(const GivenOptions& given) {
  auto names = split_at_commas(given.text("procnames").value_or(""));
  names.erase(std::remove(names.begin(), names.end(), ""), names.end());
  return names;
}

std::vector<ExporterFlags::Mapping> read_mappings(const GivenOptions& given) {
  constexpr std::string_view kAllowed =
      "must be NAME,EXPRESSION,NAME,EXPRESSION... with a comma nowhere else: neither a name nor an "
      "expression may hold one";
  const auto text = given.text("namemapping").value_or("");
  std::vector<ExporterFlags::Mapping> mappings;
  if (text.empty()) return mappings;
  const auto parts = split_at_commas(text);
  if (const auto empty = std::find(parts.begin(), parts.end(), ""); empty != parts.end()) {
    throw UsageError(fmt::format("--namemapping: part {} of {} is empty, {}",
                                 empty - parts.begin() + 1, parts.size(), kAllowed));
  }
  if (parts.size() % 2 != 0) {
    throw UsageError(
        fmt::format("--namemapping: is an odd number of parts ({}), {}", parts.size(), kAllowed));
  }
  for (std::size_t i = 0; i < parts.size(); i += 2) {
    if (parts[i + 1].find('(') == std::string::npos) {
      throw UsageError(
          fmt::format("--namemapping: part {} of {} is \"{}\", which captures nothing; put a group "
                      "(...) around "
                      "what is to be in the name",
                      i + 2, parts.size(), parts[i + 1]));
    }
    std::erase_if(mappings, [&](const auto& mapping) { return mapping.comm == parts[i]; });
    mappings.push_back({.comm = parts[i], .expression = parts[i + 1]});
  }
  return mappings;
}

std::optional<std::string> read_recheck(const GivenOptions& given) {
  constexpr TimeRange kLimits{.least_ns = 0,
                              .most_ns = INT64_MAX,
                              .allowed = "a time such as 30s, 10m or 1h30m, or 0 for none"};
  if (const auto text = given.text("recheck-with-time-limit")) {
    const auto limit_ns = parse_time("recheck-with-time-limit", *text, kLimits);
    if (limit_ns > 0) return format_duration(limit_ns);
  }
  if (given.flag("recheck").value_or(false)) return std::string(kForEver);
  return std::nullopt;
}

// The items of -namemapping before that of -procnames, which has the comm of what they pass over.
Json items_of(const ExporterFlags& flags) {
  auto items = Json::array();
  const auto& names = flags.procnames;
  for (const auto& mapping : flags.mappings) {
    Json item = {{"name", "{{.Comm}}:{{.Capture}}"},
                 {"comm", Json::array({mapping.comm})},
                 {"cmdline", Json::array({mapping.expression})}};
    if (!names.empty()) item["names"] = names;
    items.push_back(item);
    // Renamed to what is not on the list, a process is not to be tracked by its comm instead.
    if (std::find(names.begin(), names.end(), mapping.comm) == names.end()) continue;
    items.push_back(
        {{"exclude", true}, {"comm", item.at("comm")}, {"cmdline", item.at("cmdline")}});
  }
  if (!names.empty()) items.push_back({{"name", "{{.Comm}}"}, {"comm", names}});
  return items;
}

Json default_of(const char* setting) {
  return Json::parse(validate_settings(Json::object()).effective).at(setting);
}

// What is not as it should be stays as it is, for the check to tell.
void set_threads(Json& raw, bool wanted) {
  if (!raw.contains("process_names")) raw["process_names"] = default_of("process_names");
  auto& items = raw["process_names"];
  if (!items.is_array()) return;
  for (auto& item : items) {
    const bool is_group = item.is_object() && item.value("exclude", Json(false)) != Json(true);
    if (is_group) item["threads"] = wanted;
  }
}

void set_pss(Json& raw, bool wanted) {
  if (!wanted && !raw.contains("collect")) return;
  if (!raw.contains("collect")) raw["collect"] = default_of("collect");
  auto& families = raw["collect"];
  if (!families.is_array()) return;
  const auto found = std::find(families.begin(), families.end(), Json("pss"));
  if (wanted && found == families.end()) families.push_back("pss");
  if (!wanted && found != families.end()) families.erase(found);
}

}  // namespace

void add_exporter_flags(OptionTable& table) {
  table.add_options()                                //
      ("config.path", one_text("FILE"))              //
      ("procnames", one_text("NAMES"))               //
      ("namemapping", one_text("PAIRS"))             //
      ("children", one_flag())                       //
      ("threads", one_flag())                        //
      ("gather-smaps", one_flag())                   //
      ("recheck", one_flag())                        //
      ("recheck-with-time-limit", one_text("TIME"))  //
      ("remove-empty-groups", one_flag())            //
      ("once-to-stdout-delay", one_text("TIME"))     //
      ("debug", one_flag());
}

ExporterFlags read_exporter_flags(const GivenOptions& given) {
  for (const auto* config : {"config", "config.path"}) {
    refuse_two_of(given, {config, "procnames"});
    refuse_two_of(given, {config, "namemapping"});
  }
  return {.procnames = read_procnames(given),
          .mappings = read_mappings(given),
          .children = given.flag("children"),
          .threads = given.flag("threads"),
          .gather_smaps = given.flag("gather-smaps"),
          .remove_empty_groups = given.flag("remove-empty-groups"),
          .recheck_for = read_recheck(given)};
}

void apply_flags(const ExporterFlags& flags, Json& raw) {
  if (auto items = items_of(flags); !items.empty()) raw["process_names"] = std::move(items);
  if (flags.children) raw["children"] = *flags.children;
  if (flags.threads) set_threads(raw, *flags.threads);
  if (flags.gather_smaps) set_pss(raw, *flags.gather_smaps);
  if (flags.remove_empty_groups) raw["remove_empty_groups"] = *flags.remove_empty_groups;
  if (flags.recheck_for) raw["recheck_for"] = *flags.recheck_for;
}

std::string_view describe_exporter_flags() {
  return R"(
Flags of process-exporter, understood as they are; --check prints the settings that they make:
  -config.path FILE               --config FILE
  -procnames A,B                  a group for each of these names; not with --config
  -namemapping A,RE,B,RE          the group of A is A: and what RE captures first in its command
                                  line; with -procnames only if it is listed there; not with
                                  --config. A comma always separates: no RE may hold one
  -children[=false]               the setting "children"
  -threads[=false]                "threads" of every rule
  -gather-smaps[=false]           "pss" in "collect"
  -recheck                        "recheck_for" without an end
  -recheck-with-time-limit TIME   "recheck_for"
  -remove-empty-groups[=false]    the setting of that name
  -once-to-stdout-delay TIME      --once --interval TIME --format prometheus, counters from 0
  -debug                          --log-level debug
  -web.listen-address ADDRESS     --listen ADDRESS
  -web.telemetry-path PATH        the path instead of /metrics
)";
}

}  // namespace proctally::plugins
