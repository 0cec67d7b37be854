#include "tests/formats/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace proctally::formats {

void expect_golden(std::string_view file_name, const std::string& actual) {
  const std::filesystem::path path =
      std::filesystem::path(PROCTALLY_SOURCE_DIR) / "tests" / "golden" / file_name;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): a test has one thread.
  const char* update = std::getenv("PROCTALLY_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(path, std::ios::binary) << actual;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.is_open()) << path << " is missing: PROCTALLY_UPDATE_GOLDEN=1 writes it";
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  // GoogleTest shows a unified difference of strings with several lines.
  EXPECT_EQ(golden, actual) << "golden file: " << path;
}

}  // namespace proctally::formats
