#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/collectd/config_item.h"
#include "plugins/collectd/wording.h"

namespace proctally::plugins::collectd {

/// The words of collectd.conf that proctally understands.
namespace word {
inline constexpr std::string_view kConfig = "Config";
inline constexpr std::string_view kCollect = "Collect";
inline constexpr std::string_view kProcess = "Process";
inline constexpr std::string_view kProcessMatch = "ProcessMatch";
inline constexpr std::string_view kFileDescriptor = "CollectFileDescriptor";
inline constexpr std::string_view kContextSwitch = "CollectContextSwitch";
inline constexpr std::string_view kMemoryMaps = "CollectMemoryMaps";
inline constexpr std::string_view kDelayAccounting = "CollectDelayAccounting";
}  // namespace word

/// A statement whose word is known, with the path that names it in messages: collectd tells no line
/// numbers. A view of the tree that it comes from.
struct Statement {
  const ConfigItem* item = nullptr;
  std::string_view word;  ///< One of the above, however it is spelled in the file.
  std::string path;
};

enum class Level : std::uint8_t {
  plugin,  ///< Directly in <Plugin proctally>.
  match,   ///< In a <Process> or <ProcessMatch> in it.
};

/// The statements of a block that may stand there; the others are problems.
[[nodiscard]] std::vector<Statement> statements_of(const ConfigItem& block, const std::string& path,
                                                   Level level, Findings& findings);

/// A problem where the statement is a block and should be a line such as `example`.
void expect_line(const Statement& statement, std::string_view example, Findings& findings);

}  // namespace proctally::plugins::collectd
