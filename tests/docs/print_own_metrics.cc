#include <iostream>

#include "plugins/graphite/own_metrics.h"

/// Prints the table of a destination's own metrics that stands in the README of proctally-graphite;
/// graphite_readme_test.py compares it.
int main() {
  std::cout << "| name | kind | unit | what it is |\n|---|---|---|---|\n";
  for (const auto& metric : proctally::plugins::graphite::kOwnMetrics) {
    const bool is_counter = metric.kind == proctally::Kind::counter;
    std::cout << "| `" << metric.name << "` | " << (is_counter ? "counter" : "gauge") << " | "
              << metric.unit << " | " << metric.help << " |\n";
  }
  return 0;
}
