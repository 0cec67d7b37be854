#include "plugins/exec/listen_address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plugins/common/command_line.h"

namespace proctally::plugins {
namespace {

struct Case {
  std::string text;
  std::string host;
  std::uint16_t port;
  bool is_loopback;
};

TEST(ListenAddressTest, IsAnAddressAndAPort) {
  const std::vector<Case> cases = {
      {"127.0.0.1:9256", "127.0.0.1", 9256, true},
      {"127.8.0.1:1", "127.8.0.1", 1, true},
      {"[::1]:9256", "::1", 9256, true},
      {"9256", "127.0.0.1", 9256, true},
      {"localhost:9256", "127.0.0.1", 9256, true},
      {"127.0.0.1:0", "127.0.0.1", 0, true},
      {":9256", "::", 9256, false},
      {"[::]:9256", "::", 9256, false},
      {"0.0.0.0:9256", "0.0.0.0", 9256, false},
      {"10.0.0.5:65535", "10.0.0.5", 65535, false},
      {"[2001:db8::5]:80", "2001:db8::5", 80, false},
  };
  for (const auto& [text, host, port, is_loopback] : cases) {
    const auto address = parse_listen_address("listen", text);
    EXPECT_EQ(address.host, host) << text;
    EXPECT_EQ(address.port, port) << text;
    EXPECT_EQ(address.is_loopback(), is_loopback) << text;
  }
}

TEST(ListenAddressTest, IsRefusedWithWhatIsAllowed) {
  for (const std::string text : {"",
                                 ":",
                                 "x",
                                 "65536",
                                 "-1",
                                 "+1",
                                 " 9256",
                                 "9256 ",
                                 "127.0.0.1",
                                 "127.0.0.1:",
                                 "127.0.0.1:http",
                                 "127.0.0.1:65536",
                                 "web01:9256",
                                 "::1:9256",
                                 "[::1]",
                                 "[::1:9256",
                                 "[127.0.0.1]:9256",
                                 "[]:9256",
                                 "1.2.3:9256",
                                 "http://127.0.0.1:9256",
                                 "127.0.0.1:9256/"}) {
    try {
      (void)parse_listen_address("listen", text);
      ADD_FAILURE() << "takes " << text;
    } catch (const UsageError& error) {
      EXPECT_EQ(error.what(),
                "--listen: is \"" + text +
                    "\", must be a numeric address and a port, such as 127.0.0.1:9256, "
                    "[::1]:9256, :9256 (every address) or 9256 (127.0.0.1)");
    }
  }
}

}  // namespace
}  // namespace proctally::plugins
