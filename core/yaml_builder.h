#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace proctally {

/// Makes JSON of one YAML document, event by event, so that a document without an end (lists in
/// lists, aliases of aliases) is given up early. Throws YAML::ParserException, with the place, for
/// what has no like in JSON and what is too large. A part of parse_yaml_settings().
class YamlBuilder : public YAML::EventHandler {
 public:
  /// Null where there is nothing in the document.
  [[nodiscard]] const nlohmann::json& value() const { return root_.value; }
  /// The keys that were given twice, each as "path: ...".
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  using Json = nlohmann::json;

  struct Part {
    Json value;
    std::size_t cost = 1;    ///< What it takes, of kMostCost.
    std::size_t levels = 0;  ///< Of lists and maps in each other.
  };
  /// A list or map that is being read.
  struct Open {
    Part part;
    YAML::Mark mark;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::string path;
    bool has_key = false;  ///< Of a map: its value comes next.
    bool is_merge = false;
    std::string key;           ///< The last.
    std::vector<Json> merges;  ///< What << brings, in its order.
  };

  [[nodiscard]] bool expects_key() const;
  [[nodiscard]] bool expects_text() const;
  [[nodiscard]] std::string path_here() const;
  void open(Json empty, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
  void close();
  void charge(const YAML::Mark& mark, std::size_t cost);
  void place(Part part, const YAML::Mark& mark, YAML::anchor_t anchor);
  void take_key(std::string key, bool is_merge);
  static void merge(Open& map);

  Part root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Part> anchored_;
  std::size_t cost_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace proctally
