#include "core/settings_yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <string_view>

#include "core/naming/utf8.h"
#include "core/yaml_builder.h"

namespace proctally {
namespace {

std::string_view line_at(std::string_view text, int line) {
  for (; line > 0; --line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// yaml-cpp takes a byte 0x04 for the end of the file, and bytes that are no UTF-8 as they are.
void check_characters(std::string_view text) {
  YAML::Mark mark{};
  for (auto rest = text; !rest.empty();) {
    const auto [value, bytes] = naming::decode_utf8(rest);
    if (bytes == 0) throw YAML::ParserException(mark, "a byte that is no UTF-8");
    const bool is_blank = value == '\t' || value == '\r' || value == '\n';
    if ((value < ' ' && !is_blank) || value == 0x7f) {
      throw YAML::ParserException(
          mark, fmt::format("a control character 0x{:02x}", static_cast<unsigned>(value)));
    }
    rest.remove_prefix(bytes);
    mark.column = value == '\n' ? 0 : mark.column + 1;
    mark.line += value == '\n' ? 1 : 0;
  }
}

/// Where a document begins: nothing else of it is looked at.
class DocumentStart : public YAML::EventHandler {
 public:
  struct Found {
    YAML::Mark mark;
  };
  void OnDocumentStart(const YAML::Mark& mark) override { throw Found{mark}; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {}
  void OnMapEnd() override {}
};

// yaml-cpp ends a document before a line that does not fit in, and takes that for the next one:
// an item indented wrongly would be lost without a word.
void check_end(YAML::Parser& parser, std::string_view text) {
  DocumentStart next;
  try {
    (void)parser.HandleNextDocument(next);
  } catch (const DocumentStart::Found& found) {
    if (line_at(text, found.mark.line).starts_with("---")) return;
    throw YAML::ParserException(found.mark,
                                "belongs to nothing before it; is it indented as what it belongs "
                                "to?");
  }
}

// process-exporter takes `name:` and `name: ""` for no name.
void drop_empty_names(nlohmann::json& values) {
  if (!values.is_object() || !values.contains("process_names")) return;
  auto& items = values["process_names"];
  if (!items.is_array()) return;
  for (auto& item : items) {
    const bool is_empty =
        item.is_object() && item.contains("name") && (item["name"].is_null() || item["name"] == "");
    if (is_empty) item.erase("name");
  }
}

// What the mistake probably is that comes out as all kinds of errors.
std::string_view hint_for(std::string_view line) {
  const auto open = line.find("{{");
  const bool is_quoted = line.substr(0, open).find_first_of("\"'") != std::string_view::npos;
  if (open == std::string_view::npos || is_quoted) return {};
  return "; what begins with {{ has to stand in quotes, such as \"{{.Comm}}\"";
}

}  // namespace

RawSettings parse_yaml_settings(const std::string& text, const std::string& name) {
  YamlBuilder builder;
  try {
    check_characters(text);
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) check_end(parser, text);
  } catch (const YAML::ParserException& error) {
    throw SettingsError(
        {fmt::format("{}: read as YAML, line {}, column {}: {}{}", name, error.mark.line + 1,
                     error.mark.column + 1, error.msg, hint_for(line_at(text, error.mark.line)))});
  }
  if (builder.value().is_null()) {
    throw SettingsError({fmt::format("{}: is empty; write {{}} for the defaults", name)});
  }
  auto values = builder.value();
  drop_empty_names(values);
  return {.values = std::move(values), .problems = builder.problems()};
}

RawSettings read_settings(const std::string& file) {
  const auto text = read_settings_text(file);
  return syntax_of(text, file) == SettingsSyntax::json ? parse_json_settings(text, file)
                                                       : parse_yaml_settings(text, file);
}

}  // namespace proctally
