#include "plugins/graphite/backlog.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>

namespace proctally::plugins::graphite {
namespace {

TEST(BatchRestTest, BeginsAtTheFirstLineThatDidNotArriveAsAWhole) {
  const BatchRest whole{
      .batch = std::make_shared<const Batch>(
          Batch{.time_s = 1, .line_count = 3, .lines = "a.b 100 1\nc.d 200 1\ne.f 300 1\n"})};
  struct Row {
    std::size_t bytes;
    std::size_t first_line;
  };
  for (const auto& row : {Row{0, 0}, Row{1, 0}, Row{9, 0}, Row{10, 1}, Row{11, 1}, Row{19, 1},
                          Row{20, 2}, Row{29, 2}, Row{30, 3}, Row{1000, 3}}) {
    const auto rest = whole.after(row.bytes);
    EXPECT_EQ(rest.first_line, row.first_line) << row.bytes;
    EXPECT_EQ(rest.first_byte, row.first_line * 10) << row.bytes;
    EXPECT_EQ(rest.line_count(), 3 - row.first_line) << row.bytes;
    EXPECT_EQ(rest.text().size(), 30 - row.first_line * 10) << row.bytes;
  }
}

}  // namespace
}  // namespace proctally::plugins::graphite
