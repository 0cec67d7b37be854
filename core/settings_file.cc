#include "core/settings_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <vector>

#include "core/settings_checker.h"
#include "core/unique_fd.h"

namespace proctally {
namespace {

using Json = nlohmann::json;

// nlohmann says "[json.exception.parse_error.101] parse error at line 3, column 5: ...".
std::string explain(const Json::parse_error& error) {
  const std::string_view message = error.what();
  constexpr std::string_view kPlace = "parse error at ";
  const auto at = message.find(kPlace);
  return std::string(at == std::string_view::npos ? message : message.substr(at + kPlace.size()));
}

/// Of two values of one key JSON readers keep the last: a selector would be lost without a word.
/// Follows the parser through the file, and so knows the path of each key.
class DuplicateKeys {
 public:
  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    constexpr int kMostLevels = 32;
    if (depth > kMostLevels) {
      throw SettingsError(
          {fmt::format("settings: lists and objects stand in each other more than {} "
                       "levels deep; no setting needs that",
                       kMostLevels)});
    }
    switch (event) {
      case Json::parse_event_t::object_start:
        open_.push_back({.path = here()});
        break;
      case Json::parse_event_t::array_start:
        open_.push_back({.path = here(), .is_list = true});
        break;
      case Json::parse_event_t::key:
        note(parsed.get_ref<const std::string&>());
        break;
      case Json::parse_event_t::object_end:
      case Json::parse_event_t::array_end:
        open_.pop_back();
        count_item();
        break;
      case Json::parse_event_t::value:
        count_item();
        break;
    }
    return true;
  }
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  struct Open {
    std::string path;
    bool is_list = false;
    std::size_t items = 0;       ///< Of a list, so far.
    std::set<std::string> keys;  ///< Of an object, so far.
    std::string key;             ///< The last of them.
  };

  [[nodiscard]] std::string here() const {
    if (open_.empty()) return {};
    const auto& inner = open_.back();
    return inner.is_list ? path_of(inner.path, inner.items) : path_of(inner.path, inner.key);
  }
  void note(const std::string& key) {
    open_.back().key = key;
    if (open_.back().keys.insert(key).second) return;
    problems_.push_back(fmt::format("{}: given twice in one object; leave one out", here()));
  }
  void count_item() {
    if (!open_.empty()) ++open_.back().items;
  }

  std::vector<Open> open_;
  std::vector<std::string> problems_;
};

// Behind what may stand before JSON begins: blanks, comments, a byte order mark.
std::string_view without_leading_comments(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const auto skip_past = [&text](std::string_view end) {
    const auto at = text.find(end);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + end.size());
  };
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (text.starts_with("//")) {
      skip_past("\n");
    } else if (text.starts_with("/*")) {
      skip_past("*/");
    } else {
      return text;
    }
  }
}

}  // namespace

SettingsSyntax syntax_of(std::string_view text, std::string_view name) {
  if (name.ends_with(".json")) return SettingsSyntax::json;
  if (name.ends_with(".yaml") || name.ends_with(".yml")) return SettingsSyntax::yaml;
  return without_leading_comments(text).starts_with('{') ? SettingsSyntax::json
                                                         : SettingsSyntax::yaml;
}

RawSettings parse_json_settings(const std::string& text, const std::string& name) {
  constexpr bool kAllowExceptions = true;
  constexpr bool kIgnoreComments = true;
  DuplicateKeys duplicates;
  try {
    auto values = Json::parse(text, std::ref(duplicates), kAllowExceptions, kIgnoreComments);
    return {.values = std::move(values), .problems = duplicates.problems()};
  } catch (const Json::parse_error& error) {
    throw SettingsError({fmt::format("{}: no valid JSON at {}", name, explain(error))});
  } catch (const Json::exception& error) {  // A number that no type holds.
    throw SettingsError({fmt::format("{}: no valid JSON: {}", name, error.what())});
  }
}

Settings validate_raw_settings(const RawSettings& raw) {
  if (raw.problems.empty()) return validate_settings(raw.values);
  auto problems = raw.problems;
  try {
    (void)validate_settings(raw.values);
  } catch (const SettingsError& error) {
    std::ranges::copy(error.problems(), std::back_inserter(problems));
  }
  throw SettingsError(std::move(problems));
}

Settings parse_settings(const std::string& text, const std::string& name) {
  return validate_raw_settings(parse_json_settings(text, name));
}

Settings load_settings(const std::string& file) {
  const auto text = read_settings_text(file);
  if (syntax_of(text, file) == SettingsSyntax::yaml) {
    throw SettingsError(
        {fmt::format("{}: is no JSON, which is all that is read here; \"proctally-exec --check "
                     "--config FILE\" prints settings in YAML as JSON",
                     file)});
  }
  return parse_settings(text, file);
}

std::string read_settings_text(const std::string& file) {
  const auto refuse = [&file](std::string_view what) {
    throw SettingsError({fmt::format("{}: {}", file, what)});
  };
  // Neither a pipe that nobody writes to nor a device without an end may hold up a reload.
  constexpr int kDeadlineMs = 2000;
  constexpr std::size_t kMostBytes = std::size_t{4} << 20U;
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  std::string text;
  std::array<char, 16384> chunk{};
  ssize_t size = fd.is_open() ? 1 : -1;
  while (size > 0) {
    pollfd stream{.fd = fd.get(), .events = POLLIN, .revents = 0};
    if (::poll(&stream, 1, kDeadlineMs) == 0) refuse("cannot be read: nothing comes for 2 seconds");
    size = ::read(fd.get(), chunk.data(), chunk.size());
    if (size > 0) text.append(chunk.data(), static_cast<std::size_t>(size));
    if (text.size() > kMostBytes) refuse("is larger than 4 MiB, which settings never are");
  }
  if (size < 0) refuse("cannot be read: " + std::generic_category().message(errno));
  return text;
}

}  // namespace proctally
