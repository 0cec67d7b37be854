#include "plugins/common/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>

#include "core/duration.h"
#include "plugins/common/stream_log.h"

namespace proctally::plugins {
namespace {

namespace po = boost::program_options;

po::options_description describe(const std::vector<std::string>& formats) {
  constexpr unsigned kLineLength = 96;
  constexpr unsigned kLeastForText = 64;
  const auto formats_text = fmt::format("{}", fmt::join(formats, ", "));
  po::options_description options("Options", kLineLength, kLeastForText);
  options.add_options()                                                                  //
      ("config", po::value<std::string>()->value_name("FILE"),                           //
       "settings, JSON with comments; without it every program is a group by its name")  //
      ("interval", po::value<std::string>()->value_name("TIME"),                         //
       "time between two scans: 10s (the default), 500ms, 1m30s")                        //
      ("procfs", po::value<std::string>()->value_name("DIR"),                            //
       "where procfs is mounted; otherwise HOST_PROC, otherwise /proc")                  //
      ("format", po::value<std::string>()->value_name("NAME"),                           //
       fmt::format("{}; the first is the default", formats_text).c_str())                //
      ("once",
       "scan once, print, end; counters are then the lifetime totals of the processes that live; "
       "with --interval, and for a table, a second scan gives the percentages")             //
      ("check", "check the settings, print what is in effect, end")                         //
      ("explain", "list every process with its group and the rule that put it there, end")  //
      ("log-level", po::value<std::string>()->value_name("LEVEL"),                          //
       "error, warning, info (the default) or debug")                                       //
      ("help", "print this, end")                                                           //
      ("version", "print the version, end");
  return options;
}

// The Go shim's names for the same things (telegraf.md 1.9).
po::options_description shim_options() {
  po::options_description options;
  options.add_options()("poll_interval", po::value<std::string>())("poll_interval_disabled", "");
  return options;
}

std::int64_t parse_interval(const std::string& option, const std::string& text) {
  constexpr std::int64_t kLeastNs = 100'000'000;
  constexpr std::int64_t kMostNs = 86'400'000'000'000;
  const auto ns = parse_duration(text);
  if (ns && *ns >= kLeastNs && *ns <= kMostNs) return *ns;
  throw UsageError(
      fmt::format("--{}: is \"{}\", must be a time from 100ms to 24h, such as 10s", option, text));
}

Action action_of(const po::variables_map& given) {
  struct Choice {
    const char* option;
    Action action;
  };
  constexpr std::array<Choice, 5> kChoices = {{{"help", Action::help},
                                               {"version", Action::version},
                                               {"check", Action::check},
                                               {"explain", Action::explain},
                                               {"once", Action::once}}};
  std::vector<Choice> chosen;
  for (const auto& choice : kChoices) {
    if (given.count(choice.option) > 0) chosen.push_back(choice);
  }
  if (chosen.empty()) return Action::run;
  const bool is_asking = chosen[0].action == Action::help || chosen[0].action == Action::version;
  if (chosen.size() > 1 && !is_asking) {
    throw UsageError(fmt::format("--{} and --{} exclude each other; give one of them",
                                 chosen[0].option, chosen[1].option));
  }
  return chosen[0].action;
}

po::variables_map parse(const std::vector<std::string>& arguments,
                        const po::options_description& options) {
  namespace style = po::command_line_style;
  // As Go's flags: -config and --config, with a space or "="; no abbreviations.
  constexpr int kStyle = style::allow_long | style::long_allow_adjacent | style::long_allow_next |
                         style::allow_long_disguise;
  po::variables_map given;
  try {
    const auto parsed = po::command_line_parser(arguments).options(options).style(kStyle).run();
    for (const auto& option : parsed.options) {
      if (option.position_key < 0) continue;
      const auto& text = option.original_tokens.front();
      throw UsageError(
          text.size() > 1 && text.front() == '-'
              ? fmt::format("unrecognised option '{}'; see --help", text)
              : fmt::format("\"{}\" stands alone, but all arguments are options, such as "
                            "--config FILE; see --help",
                            text));
    }
    po::store(parsed, given);
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}; see --help", error.what()));
  }
  return given;
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments,
                      const std::vector<std::string>& formats, const char* host_proc) {
  po::options_description all;
  all.add(describe(formats)).add(shim_options());
  const auto given = parse(arguments, all);
  const auto text_of = [&given](const char* option) -> std::optional<std::string> {
    if (given.count(option) == 0) return std::nullopt;
    return given[option].as<std::string>();
  };

  for (const auto& [option, what] : {std::pair("config", "file"), std::pair("procfs", "folder")}) {
    if (text_of(option) != "") continue;
    throw UsageError(fmt::format("--{}: is empty, must be a {}; see --help", option, what));
  }

  Options options;
  options.action = action_of(given);
  options.config = text_of("config");
  if (host_proc != nullptr && *host_proc != '\0') options.procfs = host_proc;
  options.procfs = text_of("procfs").value_or(options.procfs);
  for (const auto* option : {"interval", "poll_interval"}) {
    const auto text = text_of(option);
    if (!text) continue;
    options.interval_ns = parse_interval(option, *text);
    options.interval_given = true;
  }
  options.has_timer = given.count("poll_interval_disabled") == 0;
  options.format = text_of("format").value_or(formats.front());
  if (std::find(formats.begin(), formats.end(), options.format) == formats.end()) {
    throw UsageError(fmt::format("--format: is \"{}\", must be one of: {}", options.format,
                                 fmt::join(formats, ", ")));
  }
  const auto level_name = text_of("log-level").value_or("info");
  const auto level = log_level_of(level_name);
  if (!level) {
    throw UsageError(fmt::format(
        "--log-level: is \"{}\", must be one of: error, warning, info, debug", level_name));
  }
  options.log_level = *level;
  return options;
}

std::string describe_options(const std::vector<std::string>& formats) {
  std::ostringstream text;
  text << describe(formats);
  return text.str();
}

}  // namespace proctally::plugins
