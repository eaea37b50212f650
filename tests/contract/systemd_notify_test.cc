// What systemd hears, by a socket of its kind.
#include "platform/linux/systemd_notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>

#include "platform/linux/file_descriptor.h"
#include "tests/contract/temporary_folder.h"

namespace godwit {
namespace {

class SystemdNotifyTest : public testing::Test {
 protected:
  void SetUp() override {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
  }
  std::string Heard() {
    char text[512];
    const ssize_t size = recv(socket_.get(), text, sizeof text, MSG_DONTWAIT);
    return size < 0 ? "" : std::string(text, static_cast<size_t>(size));
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/notify";
  FileDescriptor socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(SystemdNotifyTest, NotifiesTheSocketThatItIsGiven) {
  SystemdNotify notify;
  EXPECT_TRUE(notify.listens());
  EXPECT_FALSE(notify.patience().has_value());
  notify.Ready();
  EXPECT_EQ(Heard(), "READY=1");
  notify.Alive();
  EXPECT_EQ(Heard(), "WATCHDOG=1");
  notify.Stopping();
  EXPECT_EQ(Heard(), "STOPPING=1");
  notify.Reloading();
  EXPECT_TRUE(Heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
}

TEST_F(SystemdNotifyTest, AStatusIsOneLineAndNoOtherField) {
  SystemdNotify().Status("well\nMAINPID=1");
  EXPECT_EQ(Heard(), "STATUS=well");
}

TEST_F(SystemdNotifyTest, KnowsThePatienceOfAWatchdogOfItsOwn) {
  setenv("WATCHDOG_USEC", "30000000", 1);
  EXPECT_EQ(SystemdNotify().patience(), absl::Seconds(30));
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  EXPECT_EQ(SystemdNotify().patience(), absl::Seconds(30));
  setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(SystemdNotify().patience().has_value());
  unsetenv("WATCHDOG_PID");
  setenv("WATCHDOG_USEC", "30s", 1);
  EXPECT_FALSE(SystemdNotify().patience().has_value());
}

TEST_F(SystemdNotifyTest, WithoutAListenerNothingHappens) {
  for (const char* nobody : {"", "relative", "vsock:2:1234", "/nowhere/notify", "@nobody"}) {
    setenv("NOTIFY_SOCKET", nobody, 1);
    SystemdNotify().Ready();
  }
  unsetenv("NOTIFY_SOCKET");
  EXPECT_FALSE(SystemdNotify().listens());
  SystemdNotify().Ready();
  EXPECT_EQ(Heard(), "");
}

}  // namespace
}  // namespace godwit
