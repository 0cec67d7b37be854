#include "plugins/exec/exec_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace proctally::plugins {
namespace {

OptionTable make_table(const std::vector<std::string>& formats) {
  const auto formats_text = fmt::format("{}", fmt::join(formats, ", "));
  auto table = make_option_table("Options");
  table.add_options()                                                      //
      ("interval", one_text("TIME"),                                       //
       "time between two scans: 10s (the default), 500ms, 1m30s")          //
      ("format", one_text("NAME"),                                         //
       fmt::format("{}; the first is the default", formats_text).c_str())  //
      ("once",
       "scan once, print, end; counters are then the lifetime totals of the processes that live; "
       "with --interval, and for a table, a second scan gives the percentages");
  add_common_options(table);
  return table;
}

// The Go shim's names for the same things (telegraf.md 1.9).
OptionTable make_shim_table() {
  auto table = make_option_table("");
  table.add_options()("poll_interval", one_text("TIME"))("poll_interval_disabled", "");
  return table;
}

}  // namespace

ExecOptions parse_exec_options(const std::vector<std::string>& arguments,
                               const std::vector<std::string>& formats, const char* host_proc) {
  constexpr TimeRange kIntervals{.least_ns = 100'000'000,
                                 .most_ns = 86'400'000'000'000,
                                 .allowed = "a time from 100ms to 24h, such as 10s"};
  const GivenOptions given(arguments,
                           make_option_table("").add(make_table(formats)).add(make_shim_table()));
  refuse_two_of(given, {"check", "explain", "once"});
  ExecOptions options;
  static_cast<Options&>(options) = read_common_options(given, host_proc);
  for (const auto* option : {"interval", "poll_interval"}) {
    const auto text = given.text(option);
    if (!text) continue;
    options.interval_ns = parse_time(option, *text, kIntervals);
    options.interval_given = true;
  }
  options.has_timer = !given.has("poll_interval_disabled");
  options.format = given.text("format").value_or(formats.front());
  if (std::find(formats.begin(), formats.end(), options.format) == formats.end()) {
    throw UsageError(fmt::format("--format: is \"{}\", must be one of: {}", options.format,
                                 fmt::join(formats, ", ")));
  }
  return options;
}

std::string describe_exec_options(const std::vector<std::string>& formats) {
  return describe(make_table(formats));
}

}  // namespace proctally::plugins
