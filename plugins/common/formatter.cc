#include "plugins/common/formatter.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "formats/influx.h"
#include "formats/json.h"
#include "formats/table.h"

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

}  // namespace

const std::vector<std::string>& format_names() {
  static const std::vector<std::string> kNames = {"influx", "json", "table"};
  return kNames;
}

Formatter make_formatter(const std::string& name, const Settings& settings) {
  if (name == "json") return formats::append_json;
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
