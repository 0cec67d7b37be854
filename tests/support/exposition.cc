#include "tests/support/exposition.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace proctally::test {
namespace {

bool is_utf8(std::string_view text) {
  try {
    (void)nlohmann::json(std::string(text)).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

std::string cut_name(std::string_view& line) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:0123456789";
  const auto size = std::min(line.find_first_not_of(kLetters), line.size());
  std::string name(line.substr(0, size));
  line.remove_prefix(size);
  return !name.empty() && name[0] >= '0' && name[0] <= '9' ? std::string() : name;
}

bool cut(std::string_view& line, char c) {
  if (!line.starts_with(c)) return false;
  line.remove_prefix(1);
  return true;
}

std::optional<std::string> cut_quoted(std::string_view& line) {
  if (!cut(line, '"')) return std::nullopt;
  std::string value;
  while (!line.empty() && line.front() != '"') {
    char c = line.front();
    line.remove_prefix(1);
    if (c == '\\') {
      if (line.empty() || std::string_view("\\\"n").find(line.front()) == std::string_view::npos) {
        return std::nullopt;
      }
      c = line.front() == 'n' ? '\n' : line.front();
      line.remove_prefix(1);
    }
    value += c;
  }
  if (!cut(line, '"')) return std::nullopt;
  return value;
}

std::optional<Exposition::Labels> cut_labels(std::string_view& line) {
  Exposition::Labels labels;
  if (!cut(line, '{')) return labels;
  do {
    const auto name = cut_name(line);
    if (name.empty() || !cut(line, '=')) return std::nullopt;
    const auto value = cut_quoted(line);
    if (!value || !labels.emplace(name, *value).second) return std::nullopt;
  } while (cut(line, ','));
  if (!cut(line, '}')) return std::nullopt;
  return labels;
}

class Reader {
 public:
  Exposition read(std::string_view text) {
    if (!is_utf8(text)) fail("no UTF-8", text);
    if (!text.empty() && !text.ends_with('\n')) fail("no newline at the end", text);
    while (!text.empty() && result_.problem.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      read_line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(result_);
  }

 private:
  void fail(const char* what, std::string_view line) {
    result_.problem = std::string(what) + ": " + std::string(line);
  }

  void read_line(std::string_view line) {
    auto rest = line;
    if (rest.starts_with("# HELP ")) {
      rest.remove_prefix(7);
      family_ = cut_name(rest);
      if (family_.empty() || !cut(rest, ' ') || rest.empty()) return fail("HELP", line);
      if (result_.types.contains(family_)) return fail("a family in two pieces", line);
      has_type_ = false;
    } else if (rest.starts_with("# TYPE ")) {
      rest.remove_prefix(7);
      if (cut_name(rest) != family_ || has_type_ || !cut(rest, ' ')) return fail("TYPE", line);
      if (rest != "counter" && rest != "gauge" && rest != "untyped") return fail("type", line);
      has_type_ = true;
      result_.types.emplace(family_, rest);
    } else {
      read_sample(line);
    }
  }

  void read_sample(std::string_view line) {
    auto rest = line;
    if (!has_type_ || cut_name(rest) != family_) return fail("a sample of no family", line);
    auto labels = cut_labels(rest);
    if (!labels || !cut(rest, ' ')) return fail("labels", line);
    double number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc() || end != rest.data() + rest.size() || !std::isfinite(number)) {
      return fail("number", line);
    }
    if (number < 0 && result_.types.at(family_) == "counter") return fail("below 0", line);
    if (!result_.samples.emplace(std::pair(family_, std::move(*labels)), number).second) {
      fail("twice", line);
    }
  }

  Exposition result_;
  std::string family_;
  bool has_type_ = false;
};

}  // namespace

Exposition read_exposition(std::string_view text) { return Reader().read(text); }

}  // namespace proctally::test
