#include "plugins/graphite/destination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace proctally::plugins::graphite {
namespace {

using testing::StartsWith;

std::string refusal_of(const std::string& url) {
  try {
    return parse_destination(url).url();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(DestinationTest, IsAProtocolAHostAndAPort) {
  const auto destination = parse_destination("tls://carbon.example:4004");
  EXPECT_EQ(destination.protocol, Protocol::tls);
  EXPECT_EQ(destination.host, "carbon.example");
  EXPECT_EQ(destination.port, "4004");
}

TEST(DestinationTest, TheUsualPortIsCarbons) {
  EXPECT_EQ(parse_destination("udp://10.0.0.5").port, "2003");
  EXPECT_EQ(parse_destination("tcp://[::1]").port, "2003");
}

TEST(DestinationTest, AnAddressOfIpv6StandsInBrackets) {
  EXPECT_EQ(parse_destination("tcp://[2001:db8::5]:2003").host, "2001:db8::5");
  EXPECT_EQ(parse_destination("tcp://[fe80::1%eth0]:2003").host, "fe80::1%eth0");
}

TEST(DestinationTest, ItsUrlIsReadAsItself) {
  for (const char* url : {"tcp://carbon.example:2003", "udp://10.0.0.5:1", "tls://[::1]:65535"}) {
    EXPECT_EQ(parse_destination(url).url(), url);
  }
}

TEST(DestinationTest, RefusesWhatItIsNotAndSaysWhatIsAllowed) {
  EXPECT_EQ(refusal_of("carbon:2003"),
            "\"carbon:2003\": has no protocol in front; must be such as tcp://carbon.example:2003, "
            "udp://10.0.0.5:2003 or tls://[2001:db8::5]:2003");
  EXPECT_THAT(refusal_of("http://carbon"),
              StartsWith("\"http://carbon\": the protocol is none of tcp, udp and tls; "));
  EXPECT_THAT(refusal_of("tcp://"), StartsWith("\"tcp://\": has no host; "));
  EXPECT_THAT(refusal_of("tcp://:2003"), StartsWith("\"tcp://:2003\": has no host; "));
  EXPECT_THAT(refusal_of("tcp://a:0"), StartsWith("\"tcp://a:0\": the port is \"0\", must be "));
  EXPECT_THAT(refusal_of("tcp://a:"), StartsWith("\"tcp://a:\": the port is \"\", must be "));
  EXPECT_THAT(refusal_of("tcp://a:65536"), StartsWith("\"tcp://a:65536\": the port is "));
  EXPECT_THAT(refusal_of("tcp://a:20x"), StartsWith("\"tcp://a:20x\": the port is "));
  EXPECT_THAT(refusal_of("tcp://2001:db8::5:2003"),
              StartsWith("\"tcp://2001:db8::5:2003\": an address of IPv6 must stand in brackets"));
  EXPECT_THAT(refusal_of("tcp://[::1"), StartsWith("\"tcp://[::1\": the bracket is not closed; "));
  EXPECT_THAT(refusal_of("tcp://[::1]2003"),
              StartsWith("\"tcp://[::1]2003\": only a port may follow the bracket; "));
  EXPECT_THAT(refusal_of("tcp://[carbon]:2003"),
              StartsWith("\"tcp://[carbon]:2003\": what stands in brackets is no address of IPv6"));
  EXPECT_THAT(refusal_of("tcp://a/b"),
              StartsWith("\"tcp://a/b\": the host is neither a name nor an address; "));
  EXPECT_THAT(refusal_of("tcp://a\nb"), StartsWith("\"tcp://a\\x0ab\": the host is neither"));
}

TEST(DestinationTest, IsTheSameHoweverItIsWritten) {
  EXPECT_EQ(parse_destination("tcp://Carbon.Example:02003").label(), "carbon.example:2003");
  EXPECT_EQ(parse_destination("tcp://[2001:DB8::5]").label(), "[2001:db8::5]:2003");
  EXPECT_EQ(parse_destination("tcp://[FE80::1%Eth0]").host, "fe80::1%Eth0");
  EXPECT_EQ(parse_destination("tcp://a:65535").port_number(), 65535);
}

}  // namespace
}  // namespace proctally::plugins::graphite
