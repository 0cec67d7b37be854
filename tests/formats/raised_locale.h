#pragma once

#include <clocale>
#include <locale>
#include <string>

namespace proctally::formats {

/// While it lives, both the C++ and, where the host has a German locale, the C library
/// write 1.234,5 for 1234.5: what a careless format would then publish.
class RaisedLocale {
 public:
  // NOLINTBEGIN(concurrency-mt-unsafe): a test has one thread.
  RaisedLocale() : old_(std::locale::global(std::locale(std::locale::classic(), new Commas))) {
    for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "de_DE"}) {
      if (std::setlocale(LC_ALL, name) != nullptr) break;
    }
  }
  ~RaisedLocale() {
    (void)std::setlocale(LC_ALL, "C");
    std::locale::global(old_);
  }
  // NOLINTEND(concurrency-mt-unsafe)
  RaisedLocale(const RaisedLocale&) = delete;
  RaisedLocale& operator=(const RaisedLocale&) = delete;

 private:
  struct Commas : std::numpunct<char> {
    [[nodiscard]] char do_decimal_point() const override { return ','; }
    [[nodiscard]] char do_thousands_sep() const override { return '.'; }
    [[nodiscard]] std::string do_grouping() const override { return "\3"; }
  };
  std::locale old_;
};

}  // namespace proctally::formats
