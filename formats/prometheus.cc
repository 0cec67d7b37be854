#include "formats/prometheus.h"

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "core/metrics.h"
#include "formats/number.h"
#include "formats/quoted.h"

namespace proctally::formats {
namespace {

constexpr std::string_view kGroupPrefix = "namedprocess_namegroup_";
constexpr std::string_view kSelfPrefix = "proctally_";

struct FamilyHelp {
  std::string_view family;
  std::string_view help;
};
// Of families that are several metrics; any other has the help of its metric.
constexpr std::array kSharedHelp = {
    FamilyHelp{"cpu_seconds_total", "CPU time used"},
    FamilyHelp{"cpu_usage_percent", "CPU time used since the previous scan, in % of one CPU"},
    FamilyHelp{"states", "processes in each state; each process is counted once"},
    FamilyHelp{"memory_bytes", "memory in use; resident counts what is shared in each process"},
    FamilyHelp{"context_switches_total", "times that a thread gave up its CPU, or was made to"},
    FamilyHelp{"thread_cpu_seconds_total", "CPU time used by threads of that name"},
    FamilyHelp{"thread_io_bytes_total",
               "bytes that threads of that name fetched from block "
               "devices, or wrote towards them"},
    FamilyHelp{"thread_context_switches_total",
               "times that a thread of that name gave up its CPU, or was made to"}};

struct SelfName {
  std::string_view name;
  SelfMetric metric;
  std::string_view help;
};
// process-exporter's own counters, whose names lack the _total that a counter has to end in:
// untyped, so that promtool has nothing to say.
constexpr std::array kExporterSelf = {
    SelfName{"namedprocess_scrape_errors", SelfMetric::scan_errors,
             "scans in which the list of processes could not be read"},
    SelfName{"namedprocess_scrape_partial_errors", SelfMetric::denied,
             "reads that a missing privilege forbade"},
    SelfName{"namedprocess_scrape_procread_errors", SelfMetric::malformed,
             "reads that failed or were not understood"}};

void append_label(std::string_view name, std::string_view value, std::string& out) {
  out += out.ends_with('{') ? "" : ",";
  out += name;
  out += '=';
  append_quoted(value, out);
}

/// One family while it is written: its head comes with its first sample.
class FamilyText {
 public:
  FamilyText(std::string_view prefix, std::string_view family, std::string_view type,
             std::string_view help, std::string& out)
      : prefix_(prefix), family_(family), type_(type), help_(help), out_(out) {}

  /// Begins a sample; its labels and finish() follow.
  void begin() {
    if (!has_head_) append_head();
    has_head_ = true;
    append_name();
  }
  void finish(const Value& value) {
    out_ += ' ';
    // The catalogue counts in percent what process-exporter calls a ratio.
    if (family_.ends_with("_ratio")) {
      append_real(value.as_real() / 100, out_);
    } else {
      append_value(value, out_);
    }
    out_ += '\n';
  }

 private:
  void append_name() { out_.append(prefix_).append(family_); }
  void append_head() {
    out_ += "# HELP ";
    append_name();
    out_.append(" ").append(help_).append("\n# TYPE ");
    append_name();
    out_.append(" ").append(type_).append("\n");
  }

  std::string_view prefix_;
  std::string_view family_;
  std::string_view type_;
  std::string_view help_;
  std::string& out_;
  bool has_head_ = false;
};

// A name that ends in _count is a part of a histogram to promtool, unless the type is open.
std::string_view type_of(const MetricInfo& info) {
  if (info.prometheus.family.ends_with("_count")) return "untyped";
  return info.kind == Kind::counter ? "counter" : "gauge";
}

std::string_view help_of(const MetricInfo& info) {
  for (const auto& shared : kSharedHelp) {
    if (shared.family == info.prometheus.family) return shared.help;
  }
  return info.help;
}

/// The places in a catalogue of each family's metrics, in the order of first mention.
template <typename Catalogue>
std::vector<std::vector<std::size_t>> families_of(const Catalogue& catalogue) {
  std::vector<std::vector<std::size_t>> families;
  for (std::size_t i = 0; i < catalogue.size(); ++i) {
    const auto& name = catalogue.at(i).prometheus;
    if (name.family.empty()) continue;
    auto found = families.begin();
    while (found != families.end() &&
           catalogue.at(found->front()).prometheus.family != name.family) {
      ++found;
    }
    if (found == families.end()) found = families.emplace(found);
    found->push_back(i);
  }
  return families;
}

/// All families of a catalogue. `append_labels(row)` writes the labels that a row always has.
template <typename Id, typename Catalogue, typename Rows, typename AppendLabels>
void append_rows(const Catalogue& catalogue, const Rows& rows, AppendLabels append_labels,
                 std::string& out) {
  static const auto kFamilies = families_of(catalogue);
  for (const auto& family : kFamilies) {
    const MetricInfo& first = catalogue.at(family.front());
    FamilyText text(kGroupPrefix, first.prometheus.family, type_of(first), help_of(first), out);
    for (const auto& row : rows) {
      for (const auto i : family) {
        const Value& value = row.values[static_cast<Id>(i)];
        if (value.is_absent()) continue;
        text.begin();
        out += '{';
        append_labels(row);
        const auto& name = catalogue.at(i).prometheus;
        if (!name.label.empty()) append_label(name.label, name.value, out);
        out += '}';
        text.finish(value);
      }
    }
  }
}

void append_self(const SelfValues& self, std::string& out) {
  for (std::size_t i = 0; i < kSelfMetricCount; ++i) {
    const auto& info = kSelfMetrics.at(i);
    const Value& value = self[static_cast<SelfMetric>(i)];
    if (value.is_absent()) continue;
    auto name = std::string(info.name);
    if (info.kind == Kind::counter) name += "_total";
    FamilyText text(kSelfPrefix, name, type_of(info), info.help, out);
    text.begin();
    text.finish(value);
  }
  for (const auto& [name, metric, help] : kExporterSelf) {
    if (self[metric].is_absent()) continue;
    FamilyText text({}, name, "untyped", help, out);
    text.begin();
    text.finish(self[metric]);
  }
}

}  // namespace

void append_prometheus(const Snapshot& snapshot, std::string& out) {
  append_rows<Metric>(
      kMetrics, snapshot.groups,
      [&out](const GroupRow& row) { append_label("groupname", row.name, out); }, out);
  append_rows<ThreadMetric>(
      kThreadMetrics, snapshot.threads,
      [&](const ThreadRow& row) {
        append_label("groupname", snapshot.groups[row.group].name, out);
        append_label("threadname", row.name, out);
      },
      out);
  FamilyText wchans(kGroupPrefix, "threads_wchan", "gauge",
                    "threads that wait at one place in the kernel", out);
  for (const auto& row : snapshot.wchans) {
    wchans.begin();
    out += '{';
    append_label("groupname", snapshot.groups[row.group].name, out);
    append_label("wchan", row.name, out);
    out += '}';
    wchans.finish(Value::integer(row.threads));
  }
  append_self(snapshot.self, out);
}

}  // namespace proctally::formats
