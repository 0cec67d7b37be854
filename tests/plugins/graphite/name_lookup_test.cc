#include "plugins/graphite/name_lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace proctally::plugins::graphite {
namespace {

using testing::IsEmpty;
using testing::Not;

class NameLookupTest : public testing::Test {
 protected:
  std::shared_ptr<NameLookup> start(const std::string& host) {
    auto lookup = std::make_shared<NameLookup>(
        context_, [this](const std::string& why, const NameLookup::Addresses& addresses) {
          why_ = why;
          addresses_ = addresses;
        });
    lookup->start(host);
    return lookup;
  }

  boost::asio::io_context context_;
  std::optional<std::string> why_;
  NameLookup::Addresses addresses_;
};

TEST_F(NameLookupTest, GivesAnAddressForItself) {
  for (const std::string address : {"127.0.0.1", "::1", "2001:db8::5"}) {
    start(address);
    context_.restart();
    context_.run();
    EXPECT_EQ(why_, "");
    ASSERT_EQ(addresses_.size(), 1U);
    EXPECT_EQ(addresses_[0].to_string(), address);
  }
}

TEST_F(NameLookupTest, FindsANameAndKeepsItsIoContextRunningMeanwhile) {
  start("localhost");
  context_.run();
  EXPECT_EQ(why_, "");
  ASSERT_THAT(addresses_, Not(IsEmpty()));
  EXPECT_TRUE(addresses_[0].is_loopback());
}

TEST_F(NameLookupTest, SaysWhyThereIsNoAddress) {
  start("no-such-host.invalid");
  context_.run();
  ASSERT_TRUE(why_.has_value());
  EXPECT_THAT(*why_, Not(IsEmpty()));
  EXPECT_THAT(addresses_, IsEmpty());
}

TEST_F(NameLookupTest, CallsNothingOnceItIsCancelledAndMayGoWithItsIoContext) {
  for (const std::string host : {"127.0.0.1", "no-such-host.invalid"}) start(host)->cancel();
  context_.run();
  EXPECT_FALSE(why_.has_value());
}

}  // namespace
}  // namespace proctally::plugins::graphite
