#include "plugins/common/options.h"

#include <fmt/format.h>

#include <array>

#include "core/duration.h"
#include "plugins/common/stream_log.h"

namespace proctally::plugins {
namespace {

struct Choice {
  const char* option;
  Action action;
};
constexpr std::array<Choice, 5> kChoices = {{{"help", Action::help},
                                             {"version", Action::version},
                                             {"check", Action::check},
                                             {"explain", Action::explain},
                                             {"once", Action::once}}};

Action action_of(const GivenOptions& given) {
  for (const auto& choice : kChoices) {
    if (given.has(choice.option)) return choice.action;
  }
  return Action::run;
}

}  // namespace

void add_common_options(OptionTable& table) {
  table.add_options()               //
      ("config", one_text("FILE"),  //
       "settings: JSON with comments, or YAML as process-exporter's; without it every program is a "
       "group by its name")                                                                 //
      ("procfs", one_text("DIR"),                                                           //
       "where procfs is mounted; otherwise HOST_PROC, otherwise /proc")                     //
      ("check", "check the settings, print what is in effect, end")                         //
      ("explain", "list every process with its group and the rule that put it there, end")  //
      ("log-level", one_text("LEVEL"),                                                      //
       "error, warning, info (the default) or debug")                                       //
      ("help", "print this, end")                                                           //
      ("version", "print the version, end");
}

Options read_common_options(const GivenOptions& given, const char* host_proc) {
  Options options;
  options.action = action_of(given);
  options.config = given.name("config", "a file");
  if (host_proc != nullptr && *host_proc != '\0') options.procfs = host_proc;
  options.procfs = given.name("procfs", "a folder").value_or(options.procfs);
  const auto level_name = given.text("log-level").value_or("info");
  const auto level = log_level_of(level_name);
  if (!level) {
    throw UsageError(fmt::format(
        "--log-level: is \"{}\", must be one of: error, warning, info, debug", level_name));
  }
  options.log_level = *level;
  return options;
}

std::int64_t parse_time(const char* option, const std::string& text, const TimeRange& range) {
  const auto ns = parse_duration(text);
  if (ns && *ns >= range.least_ns && *ns <= range.most_ns && *ns % range.step_ns == 0) return *ns;
  throw UsageError(fmt::format("--{}: is \"{}\", must be {}", option, text, range.allowed));
}

void refuse_two_of(const GivenOptions& given, const std::vector<const char*>& options) {
  if (given.has("help") || given.has("version")) return;
  const char* first = nullptr;
  for (const auto* option : options) {
    if (!given.has(option)) continue;
    if (first != nullptr) {
      throw UsageError(
          fmt::format("--{} and --{} exclude each other; give one of them", first, option));
    }
    first = option;
  }
}

}  // namespace proctally::plugins
