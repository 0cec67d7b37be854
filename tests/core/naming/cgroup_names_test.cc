#include "core/naming/cgroup_names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace proctally::naming {
namespace {

using Paths = std::vector<std::string>;

const std::string kId = "8dde0b0d6e919baef8d635cd9399b22639ed1e400eaec1b1cb94ff3b216cf3c3";
const std::string kInnerId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

struct Case {
  std::string what;
  Paths paths;
  std::string unit;
  std::string container;
};

TEST(CgroupNamesTest, KnowsTheUnitAndTheContainerOfEachKindOfHost) {
  const std::vector<Case> cases = {
      {"no cgroups", {}, "", ""},
      {"the root", {"/"}, "", ""},
      {"v2 service", {"/system.slice/nginx.service"}, "nginx.service", ""},
      {"v2 instance",
       {"/system.slice/system-getty.slice/getty@tty1.service"},
       "getty@tty1.service",
       ""},
      {"v2 service with a group of its own",
       {"/system.slice/nginx.service/workers"},
       "nginx.service",
       ""},
      {"init", {"/init.scope"}, "init.scope", ""},
      {"slice only", {"/system.slice"}, "", ""},
      {"v1 file, named hierarchies first",
       {"/", "/system.slice/cron.service", "/system.slice/cron.service"},
       "cron.service",
       ""},
      {"session", {"/user.slice/user-1000.slice/session-3.scope"}, "session-3.scope", ""},
      {"user manager",
       {"/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-12.scope"},
       "user@1000.service",
       ""},
      {"mount, swap, socket", {"/system.slice/dev-sda2.swap"}, "dev-sda2.swap", ""},
      {"docker, v1, cgroupfs", {"/docker/" + kId}, "", kId},
      {"docker, v2, systemd",
       {"/system.slice/docker-" + kId + ".scope"},
       "docker-" + kId + ".scope",
       kId},
      {"containerd in kubernetes, v1",
       {"/kubepods/burstable/pod6c0d7a6e-2c8e-4f0c-9f0a-0123456789ab/" + kId},
       "",
       kId},
      {"containerd in kubernetes, systemd",
       {"/kubepods.slice/kubepods-burstable.slice/"
        "kubepods-burstable-pod6c0d7a6e_2c8e_4f0c_9f0a_0123456789ab.slice/cri-containerd-" +
        kId + ".scope"},
       "cri-containerd-" + kId + ".scope",
       kId},
      {"containerd, path with colons",
       {"/system.slice/containerd.service/kubepods.slice:cri-containerd:" + kId},
       "containerd.service",
       kId},
      {"cri-o",
       {"/kubepods.slice/crio-" + kId + ".scope/container"},
       "crio-" + kId + ".scope",
       kId},
      {"podman, root",
       {"/machine.slice/libpod-" + kId + ".scope/container"},
       "libpod-" + kId + ".scope",
       kId},
      {"podman, user",
       {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope"},
       "user@1000.service",
       kId},
      {"container in a container", {"/docker/" + kId + "/docker/" + kInnerId}, "", kInnerId},
      {"systemd in a container",
       {"/system.slice/docker-" + kId + ".scope/system.slice/nginx.service"},
       "docker-" + kId + ".scope",
       kId},
      {"v1 file, container in a later line", {"/", "/docker/" + kId}, "", kId},
      {"63 digits", {"/docker/" + kId.substr(1)}, "", ""},
      {"65 digits", {"/docker/a" + kId}, "", ""},
      {"capital digits",
       {"/docker/8DDE0B0D6E919BAEF8D635CD9399B22639ED1E400EAEC1B1CB94FF3B216CF3C3"},
       "",
       ""},
      {"nothing but the id", {kId}, "", kId},
      {"a suffix alone names nothing", {"/.service/.scope"}, "", ""},
      {"not at the end of a part", {"/nginx.service.d/x"}, "", ""},
      {"no bytes", {""}, "", ""},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.what);
    EXPECT_EQ(systemd_unit(test.paths), test.unit);
    EXPECT_EQ(container_id(test.paths), test.container);
  }
}

}  // namespace
}  // namespace proctally::naming
