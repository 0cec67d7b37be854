#include "plugins/common/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>
#include <sstream>
#include <string_view>

namespace proctally::plugins {

namespace po = boost::program_options;

OptionTable make_option_table(const std::string& title) {
  constexpr unsigned kLineLength = 96;
  constexpr unsigned kLeastForText = 64;
  return {title, kLineLength, kLeastForText};
}

po::typed_value<std::string>* one_text(const char* name) {
  return po::value<std::string>()->value_name(name);
}

po::typed_value<std::vector<std::string>>* many_texts(const char* name) {
  return po::value<std::vector<std::string>>()->value_name(name);
}

po::typed_value<std::string>* one_flag() {
  return po::value<std::string>()->implicit_value("true")->value_name("BOOL");
}

std::string describe(const OptionTable& table) {
  std::ostringstream text;
  text << table;
  return text.str();
}

GivenOptions::GivenOptions(const std::vector<std::string>& arguments, const OptionTable& table) {
  namespace style = po::command_line_style;
  constexpr int kStyle = style::allow_long | style::long_allow_adjacent | style::long_allow_next |
                         style::allow_long_disguise;
  try {
    const auto parsed = po::command_line_parser(arguments).options(table).style(kStyle).run();
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
    po::store(parsed, given_);
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}; see --help", error.what()));
  }
}

std::optional<std::string> GivenOptions::text(const char* option) const {
  if (!has(option)) return std::nullopt;
  return given_[option].as<std::string>();
}

std::vector<std::string> GivenOptions::texts(const char* option) const {
  if (!has(option)) return {};
  return given_[option].as<std::vector<std::string>>();
}

std::optional<bool> GivenOptions::flag(const char* option) const {
  constexpr std::array<std::string_view, 6> kTrue = {"true", "True", "TRUE", "1", "t", "T"};
  constexpr std::array<std::string_view, 6> kFalse = {"false", "False", "FALSE", "0", "f", "F"};
  const auto given = text(option);
  if (!given) return std::nullopt;
  if (std::find(kTrue.begin(), kTrue.end(), *given) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), *given) != kFalse.end()) return false;
  throw UsageError(fmt::format("--{}: is \"{}\", must be true or false", option, *given));
}

std::optional<std::string> GivenOptions::name(const char* option, const char* what) const {
  auto given = text(option);
  if (given && given->empty()) {
    throw UsageError(fmt::format("--{}: is empty, must be {}; see --help", option, what));
  }
  return given;
}

}  // namespace proctally::plugins
