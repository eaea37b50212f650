// UDP on loopback, and threads that may block for ever.
#include "platform/linux/udp_receiver.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>
#include <utility>

#include "platform/linux/blocking_worker.h"
#include "platform/linux/file_descriptor.h"

namespace godwit {
namespace {

void SendTo(uint16_t port, std::string_view text) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sendto(socket.get(), text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
}

TEST(UdpReceiverTest, TakesWhatIsSentOnLoopbackAndSaysWhenThePortIsTaken) {
  std::promise<std::string> first;
  const auto take = [&](std::string_view bytes) { first.set_value(std::string(bytes)); };
  uint16_t port = 28'125;
  auto receiver = ReceiveUdp("127.0.0.1:28125", take);
  for (; !receiver.ok() && port < 28'225; ++port) {
    receiver = ReceiveUdp("127.0.0.1:" + std::to_string(port + 1), take);
  }
  ASSERT_TRUE(receiver.ok()) << receiver.status();
  EXPECT_FALSE(ReceiveUdp("127.0.0.1:" + std::to_string(port), take).ok());
  SendTo(port, "a:1|c");
  EXPECT_EQ(first.get_future().get(), "a:1|c");
}

TEST(UdpReceiverTest, TakesTheLongestDatagramWhole) {
  std::promise<std::string> first;
  const auto take = [&](std::string_view bytes) { first.set_value(std::string(bytes)); };
  uint16_t port = 28'325;
  auto receiver = ReceiveUdp("127.0.0.1:28325", take);
  for (; !receiver.ok() && port < 28'425; ++port) {
    receiver = ReceiveUdp("127.0.0.1:" + std::to_string(port + 1), take);
  }
  ASSERT_TRUE(receiver.ok()) << receiver.status();
  constexpr size_t kPayloadBytesMax = 65'507;  // of UDP over IPv4
  const std::string longest = std::string(kPayloadBytesMax - 9, 'a') + ":1|c|@0.5";
  SendTo(port, longest);
  EXPECT_TRUE(first.get_future().get() == longest);
}

TEST(UdpReceiverTest, KnowsHowManyDatagramsTheKernelDropped) {
  std::promise<void> let_go;
  std::promise<void> last;
  bool over = false;
  const auto take = [&, held = let_go.get_future().share()](std::string_view bytes) {
    if (bytes == "first") held.wait();
    if (bytes == "last" && !std::exchange(over, true)) last.set_value();
  };
  uint16_t port = 28'525;
  auto receiver = ReceiveUdp("127.0.0.1:28525", take);
  for (; !receiver.ok() && port < 28'625; ++port) {
    receiver = ReceiveUdp("127.0.0.1:" + std::to_string(port + 1), take);
  }
  ASSERT_TRUE(receiver.ok()) << receiver.status();
  SendTo(port, "first");
  // More than any receive buffer has room for.
  const std::string large(60'000, 'a');
  for (int i = 0; i < 200; ++i) SendTo(port, large);
  let_go.set_value();
  // It may be dropped, too: the thread makes room only now.
  const auto taken = last.get_future();
  do {
    SendTo(port, "last");
  } while (taken.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready);
  EXPECT_GT((*receiver)->dropped(), 100u);
  EXPECT_LT((*receiver)->dropped(), 300u);
}

TEST(UdpReceiverTest, ListensToNoNetwork) {
  for (const char* address : {"0.0.0.0:8125", "192.0.2.1:8125", "[::]:8125", "8125", "127.0.0.1",
                              "127.0.0.1:x", "127.0.0.1:99999", "example.org:1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReceiveUdp(address, nullptr).status())) << address;
  }
}

TEST(BlockingWorkerTest, IsNotWaitedFor) {
  std::promise<void> started;
  auto never = std::make_shared<std::promise<void>>();
  auto worker = std::make_unique<BlockingWorker>("blocks");
  worker->Post([&started, wait = never->get_future().share()] {
    started.set_value();
    wait.wait();
  });
  auto dropped = std::make_shared<int>();
  worker->Post([dropped] { FAIL() << "it was dropped"; });
  started.get_future().wait();
  worker.reset();
  EXPECT_EQ(dropped.use_count(), 1);
  never->set_value();  // so that the thread ends
}

TEST(BlockingWorkerTest, DoesItsTasksInTheirOrder) {
  BlockingWorker worker("works");
  std::promise<std::string> done;
  auto text = std::make_shared<std::string>();
  worker.Post([text] { *text += "a"; });
  worker.Post([text] { *text += "b"; });
  worker.Post([text, &done] { done.set_value(*text); });
  EXPECT_EQ(done.get_future().get(), "ab");
}

}  // namespace
}  // namespace godwit
