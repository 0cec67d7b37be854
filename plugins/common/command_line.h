#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace proctally::plugins {

/// The command line is wrong: what() says which part, what is wrong and what is allowed.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using OptionTable = boost::program_options::options_description;

/// An empty table of options, as wide as our --help is. What takes a value takes a text: what is
/// wrong with it is said by who knows what is right.
[[nodiscard]] OptionTable make_option_table(const std::string& title);
/// A value of an option, called `name` in --help: given once, or any number of times.
[[nodiscard]] boost::program_options::typed_value<std::string>* one_text(const char* name);
[[nodiscard]] boost::program_options::typed_value<std::vector<std::string>>* many_texts(
    const char* name);

/// A value "true" or "false" that may be left out, as Go's flags are: -x, -x=false, and -x false
/// too.
[[nodiscard]] boost::program_options::typed_value<std::string>* one_flag();

/// What --help prints of a table.
[[nodiscard]] std::string describe(const OptionTable& table);

/// The options that were given. Written as Go's flags are: -config and --config, with a space or
/// "="; no abbreviations, and nothing but options.
class GivenOptions {
 public:
  /// `arguments` are without the program's own name. Throws UsageError.
  GivenOptions(const std::vector<std::string>& arguments, const OptionTable& table);

  [[nodiscard]] bool has(const char* option) const { return given_.count(option) > 0; }
  [[nodiscard]] std::optional<std::string> text(const char* option) const;
  [[nodiscard]] std::vector<std::string> texts(const char* option) const;
  /// Of an option that is one_flag(): throws UsageError where it is neither true nor false.
  [[nodiscard]] std::optional<bool> flag(const char* option) const;
  /// As text(), of an option that names something, such as `what` "a file": throws UsageError
  /// where it is empty.
  [[nodiscard]] std::optional<std::string> name(const char* option, const char* what) const;

 private:
  boost::program_options::variables_map given_;
};

}  // namespace proctally::plugins
