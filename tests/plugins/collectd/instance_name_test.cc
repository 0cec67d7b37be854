#include "plugins/collectd/instance_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/naming/group_label.h"

namespace proctally::plugins::collectd {
namespace {

using testing::EndsWith;
using testing::MatchesRegex;
using testing::StartsWith;

TEST(InstanceNameTest, KeepsWhatProgramsAndServicesAreCalled) {
  for (const char* name : {"nginx", "kworker_1", "python3.11", "getty@tty1.service", "(sd-pam)",
                           "Web Content", "sshd: alice", "c++filt", "_other"}) {
    EXPECT_EQ(instance_name(name), name);
  }
}

TEST(InstanceNameTest, ReplacesWhatBreaksIdentifiersPathsLabelsAndTags) {
  for (const char* name :
       {"a/b", "a\\b", "a\"b", "a;b", "a=b", "a,b", "a{b", "a}b", "a*b", "a?b",
        "a[b", "a]b",  "a~b",  "a'b", "a`b", "a$b", "a|b", "a<b", "a>b", "a#b"}) {
    EXPECT_THAT(instance_name(name), MatchesRegex("a_b~[0-9a-f]{16}")) << name;
  }
}

TEST(InstanceNameTest, ReplacesEachByteThatIsNotAscii) {
  EXPECT_THAT(instance_name("größe"), MatchesRegex("gr____e~[0-9a-f]{16}"));
  EXPECT_NE(instance_name("größe"), instance_name("grüße"));
}

TEST(InstanceNameTest, KeepsApartWhatLooksTheSameWhenCleaned) {
  EXPECT_NE(instance_name("a/b"), instance_name("a\\b"));
  EXPECT_NE(instance_name("a/b"), instance_name("a_b"));
  // Nobody can call itself what another's name is cleaned to.
  const auto cleaned = instance_name("a/b");
  EXPECT_NE(instance_name(cleaned), cleaned);
}

TEST(InstanceNameTest, CutsWhatIsTooLongAndKeepsItApart) {
  const std::string fits(kMaxInstanceBytes, 'x');
  EXPECT_EQ(instance_name(fits), fits);
  const auto one = instance_name(fits + "1");
  const auto other = instance_name(fits + "2");
  EXPECT_EQ(one.size(), kMaxInstanceBytes);
  EXPECT_THAT(one, StartsWith("xxxxxxxx"));
  EXPECT_NE(one, other);
}

TEST(InstanceNameTest, IsTheSameForTheSameGroupEverywhere) {
  EXPECT_THAT(instance_name("a/b"), EndsWith(naming::fingerprint("a/b")));
  EXPECT_EQ(naming::fingerprint("a/b"), "e620c3190468cf61");
}

}  // namespace
}  // namespace proctally::plugins::collectd
