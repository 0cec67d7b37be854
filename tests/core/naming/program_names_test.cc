#include "core/naming/program_names.h"

#include <gtest/gtest.h>

namespace proctally::naming {
namespace {

Program program_of(std::uint64_t inode, const std::string& comm = "nginx") {
  return {.exe = {.device = 8, .inode = inode}, .comm = comm, .uid = {}, .cgroups = {}};
}

Naming named(const std::string& label, std::size_t rule = 0) {
  return {.outcome = Naming::Outcome::named, .label = label, .rule = rule};
}

TEST(ProgramNamesTest, RemembersWhatWasSaidOfAProgram) {
  ProgramNames names;
  EXPECT_EQ(names.find(program_of(1)), nullptr);
  names.learn(program_of(1), named("web"));
  names.learn(program_of(1), named("web", 1));
  ASSERT_NE(names.find(program_of(1)), nullptr);
  EXPECT_EQ(names.find(program_of(1))->label, "web");
  EXPECT_EQ(names.find(program_of(2)), nullptr);
  EXPECT_EQ(names.find(program_of(1, "ls")), nullptr);
  names.forget();
  EXPECT_EQ(names.find(program_of(1)), nullptr);
}

TEST(ProgramNamesTest, SaysNothingOfAProgramOfWhichDifferentThingsWereSaid) {
  ProgramNames names;
  names.learn(program_of(1), named("shop"));
  names.learn(program_of(1), named("mail"));
  names.learn(program_of(1), named("shop"));
  EXPECT_EQ(names.find(program_of(1)), nullptr);
  names.learn(program_of(2), named("shop"));
  names.learn(program_of(2), {.outcome = Naming::Outcome::excluded, .label = {}});
  EXPECT_EQ(names.find(program_of(2)), nullptr);
}

TEST(ProgramNamesTest, NeverHoldsMoreThanItsLimit) {
  ProgramNames names;
  for (std::uint64_t inode = 1; inode <= 3 * ProgramNames::kMaxPrograms; ++inode) {
    names.learn(program_of(inode), named("web"));
    ASSERT_LE(names.size(), ProgramNames::kMaxPrograms);
    ASSERT_NE(names.find(program_of(inode)), nullptr);
  }
}

}  // namespace
}  // namespace proctally::naming
