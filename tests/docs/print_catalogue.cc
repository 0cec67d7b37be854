#include <iostream>
#include <string_view>

#include "core/metrics.h"

/// Prints the tables of metrics that stand in the README, made of the catalogue; readme_test.py
/// compares them.
namespace proctally {
namespace {

void print_cells(const MetricInfo& metric) {
  const std::string_view kind = metric.kind == Kind::counter ? "counter" : "gauge";
  std::cout << "| `" << metric.name << "` | " << kind << " | " << metric.unit << " | ";
}

void print_groups() {
  std::cout << "| name | kind | unit | family | what it is |\n|---|---|---|---|---|\n";
  for (const auto& metric : kMetrics) {
    print_cells(metric);
    std::cout << name_of(metric.family) << " | " << metric.help << " |\n";
  }
}

void print_self() {
  std::cout << "| name | kind | unit | what it is |\n|---|---|---|---|\n";
  for (const auto& metric : kSelfMetrics) {
    print_cells(metric);
    std::cout << metric.help << " |\n";
  }
}

void print_prometheus(const MetricInfo& metric) {
  const auto& name = metric.prometheus;
  if (name.family.empty()) return;
  std::cout << "| `" << metric.name << "` | `" << name.family;
  if (!name.label.empty()) std::cout << '{' << name.label << "=\"" << name.value << "\"}";
  std::cout << "` |\n";
}

}  // namespace
}  // namespace proctally

int main(int argc, char** argv) {
  const std::string_view table = argc == 2 ? argv[1] : "";
  if (table == "groups") {
    proctally::print_groups();
  } else if (table == "self") {
    proctally::print_self();
  } else if (table == "prometheus") {
    std::cout << "| name | `namedprocess_namegroup_` |\n|---|---|\n";
    for (const auto& metric : proctally::kMetrics) proctally::print_prometheus(metric);
  } else if (table == "threads") {
    std::cout << "| name | `namedprocess_namegroup_` |\n|---|---|\n";
    for (const auto& metric : proctally::kThreadMetrics) proctally::print_prometheus(metric);
  } else {
    std::cerr << "usage: print_catalogue groups|self|prometheus|threads\n";
    return 64;
  }
  return 0;
}
