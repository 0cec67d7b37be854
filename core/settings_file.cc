#include "core/settings_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <vector>

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

// Of two values of one key JSON readers keep the last: a selector would be lost without a word.
class DuplicateKeys {
 public:
  bool operator()(int /*depth*/, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) open_.emplace_back();
    if (event == Json::parse_event_t::object_end) open_.pop_back();
    if (event == Json::parse_event_t::key && !open_.back().insert(parsed).second) {
      problems_.push_back(fmt::format("{}: given twice in one object; leave one out",
                                      parsed.get_ref<const std::string&>()));
    }
    return true;
  }
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::vector<std::string> problems_;
};

}  // namespace

Settings parse_settings(const std::string& text, const std::string& name) {
  constexpr bool kAllowExceptions = true;
  constexpr bool kIgnoreComments = true;
  DuplicateKeys duplicates;
  Json raw;
  try {
    raw = Json::parse(text, std::ref(duplicates), kAllowExceptions, kIgnoreComments);
  } catch (const Json::parse_error& error) {
    throw SettingsError({fmt::format("{}: no valid JSON at {}", name, explain(error))});
  }
  if (!duplicates.problems().empty()) throw SettingsError(duplicates.problems());
  return validate_settings(raw);
}

Settings load_settings(const std::string& file) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad() || errno != 0) {
    throw SettingsError(
        {fmt::format("{}: cannot be read: {}", file, std::generic_category().message(errno))});
  }
  return parse_settings(text, file);
}

}  // namespace proctally
