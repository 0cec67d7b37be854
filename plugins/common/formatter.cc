#include "plugins/common/formatter.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "formats/graphite.h"
#include "formats/graphite_host.h"
#include "formats/influx.h"
#include "formats/json.h"
#include "formats/prometheus.h"
#include "formats/table.h"
#include "plugins/common/host_name.h"

namespace proctally::plugins {
namespace {

formats::TableStyle style_for_stdout() {
  formats::TableStyle style;
  if (::isatty(STDOUT_FILENO) == 0) return style;
  // https://no-color.org
  const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (no_color == nullptr || *no_color == '\0') style.colour = formats::Colour::always;
  winsize terminal{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &terminal) == 0) style.width = terminal.ws_col;
  return style;
}

formats::GraphiteNames graphite_names() {
  try {
    return formats::GraphiteNames::paths(
        formats::GraphiteTemplate(), formats::kDefaultGraphitePrefix,
        formats::host_node(formats::HostMode::automatic, host_name()));
  } catch (const formats::GraphiteNameError& error) {
    throw SettingsError({fmt::format("--format graphite: {}", error.what())});
  }
}

}  // namespace

const std::vector<std::string>& format_names() {
  static const std::vector<std::string> kNames = {"influx", "prometheus", "graphite", "json",
                                                  "table"};
  return kNames;
}

bool format_has_threads(std::string_view name) { return name != "graphite" && name != "table"; }

Formatter make_formatter(const std::string& name, const Settings& settings) {
  if (name == "graphite") {
    return [names = graphite_names()](const Snapshot& snapshot, std::string& out) {
      formats::append_graphite(snapshot, names, snapshot.wall_ns / 1'000'000'000, out);
    };
  }
  if (name == "json") return formats::append_json;
  if (name == "prometheus") return formats::append_prometheus;
  if (name == "table") {
    return [style = style_for_stdout()](const Snapshot& snapshot, std::string& out) {
      formats::append_table(snapshot, style, out);
    };
  }
  return [names = formats::InfluxNames{settings.measurement, settings.group_tag}](
             const Snapshot& snapshot, std::string& out) {
    formats::append_influx(snapshot, names, out);
  };
}

}  // namespace proctally::plugins
