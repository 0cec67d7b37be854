#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proctally {

/// Checks raw values one at a time and keeps every problem, so that a user sees all of them at
/// once. Each check gives the value, or nothing after it noted what is wrong. A part of the
/// validation of settings; used nowhere else.
class SettingsChecker {
 public:
  using Json = nlohmann::json;

  /// Notes "path: text".
  void problem(std::string_view path, std::string_view text);
  void warning(std::string_view path, std::string_view text);

  /// `value` is an object, and all its keys are among `known`.
  bool object(const Json& value, std::string_view path, const std::vector<std::string_view>& known);
  std::optional<bool> boolean(const Json& value, std::string_view path);
  std::optional<std::uint64_t> number(const Json& value, std::string_view path, std::uint64_t least,
                                      std::uint64_t most);
  std::optional<std::int64_t> duration(const Json& value, std::string_view path);
  /// Not empty.
  std::optional<std::string> string(const Json& value, std::string_view path);
  /// One of `allowed`; gives its place.
  std::optional<std::size_t> choice(const Json& value, std::string_view path,
                                    const std::vector<std::string_view>& allowed);
  /// A list that is not empty, of strings that are not empty; warns of one that is there twice.
  std::optional<std::vector<std::string>> strings(const Json& value, std::string_view path);
  /// A list that is not empty.
  bool list(const Json& value, std::string_view path, std::string_view of_what);

  std::vector<std::string> problems;
  std::vector<std::string> warnings;
};

/// The value of a key of an object; null where it has none.
[[nodiscard]] const nlohmann::json* find_key(const nlohmann::json& object, std::string_view key);

/// What a user of that unknown word probably meant, or all there is: "did you mean comm?".
[[nodiscard]] std::string suggestion(std::string_view word,
                                     const std::vector<std::string_view>& known);

/// A value as JSON, with U+FFFD for bytes that are no UTF-8: not every front end reads JSON.
[[nodiscard]] std::string dump(const nlohmann::json& value, int indent = -1);

/// A value as it stands in the file, for a message: long ones are shortened.
[[nodiscard]] std::string shown(const nlohmann::json& value);

/// "a.b" of a and b, and "a[3]" of a and 3.
[[nodiscard]] std::string path_of(std::string_view parent, std::string_view key);
[[nodiscard]] std::string path_of(std::string_view parent, std::size_t index);

}  // namespace proctally
