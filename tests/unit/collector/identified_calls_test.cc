// Every call of a device is one of the device in its caller's certificate: with another device's
// session token nothing is read and nothing written.
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "tests/unit/collector/upload_fixture.h"

namespace godwit::collector {
namespace {

Caller CallerOf(const std::string& device) {
  return {.certificate = {.uris = {Cat(kDeviceUriPrefix, device)}}};
}

class CommandPeerOfTest final : public CommandPeer {
 public:
  void Send(const v1::ReceiveCommandsResponse&) override { ++sent; }
  void Finish(const CallEnd& end) override { ended = end.status; }
  int sent = 0;
  std::optional<Status> ended;
};

class IdentifiedCallsTest : public UploadSessionTest {
 protected:
  IdentifiedCallsTest() { Open(CallerOf("dev")); }
  ~IdentifiedCallsTest() override { sink_.reset(); }

  CallEnd Open(const Caller& caller) {
    v1::OpenSessionRequest request;
    request.set_device_id("dev");
    request.set_boot_id(BootId(kBootIdSize, 'b'));
    CallEnd ended;
    strict_.OpenSession(
        request, absl::UnixEpoch(),
        [&](const CallEnd& end, const v1::OpenSessionResponse& response) {
          ended = end;
          token_ = response.session_token();
        },
        nullptr, caller);
    scheduler_.RunFor(absl::Seconds(1));
    return ended;
  }
  // How a unary call with the token ends.
  template <typename Request, typename Call>
  Status Ask(Call call, const Caller& caller) {
    Request request;
    request.set_session_token(token_);
    std::optional<Status> status;
    (strict_.*call)(
        request, [&](const CallEnd& end, const auto&) { status = end.status; }, nullptr, caller);
    scheduler_.RunFor(absl::Seconds(1));
    return status.value_or(Error(StatusCode::kInternal, "no answer"));
  }

  RefusedCallers refused_;
  IdentityGate gate_{IdentityMode::kRequired,
                     IdentityMap(),
                     {.clock = clock_, .statistics = statistics_, .refused = refused_}};
  Ingest strict_{
      writer_, store_.store_id(), statistics_,
      Ingest::Dependencies{
          .clock = clock_, .executor = executor_, .random = random_, .identity = &gate_}};
};

TEST_F(IdentifiedCallsTest, ASessionIsOpenedByItsDeviceAlone) {
  EXPECT_TRUE(absl::IsPermissionDenied(Open(CallerOf("other")).status));
  EXPECT_TRUE(absl::IsUnauthenticated(Open({}).status));
  EXPECT_TRUE(Open(CallerOf("dev")).status.ok());
}

TEST_F(IdentifiedCallsTest, NoUnaryCallIsTakenWithAnotherDevicesToken) {
  for (const Caller& caller : {CallerOf("other"), Caller{}}) {
    for (const Status& status : {
             Ask<v1::ReportCommandRequest>(&Ingest::ReportCommand, caller),
             Ask<v1::FetchRevisionRequest>(&Ingest::FetchRevision, caller),
             Ask<v1::ReportRevisionRequest>(&Ingest::ReportRevision, caller),
             Ask<v1::ReportLogRequest>(&Ingest::ReportLog, caller),
         }) {
      EXPECT_TRUE(absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status)) << status;
    }
  }
  EXPECT_TRUE(Ask<v1::ReportLogRequest>(&Ingest::ReportLog, CallerOf("dev")).ok());
}

TEST_F(IdentifiedCallsTest, AnUploadWithAnotherDevicesTokenEndsBeforeItsFirstRecord) {
  sink_ = strict_.NewStream(peer_, CallerOf("other"));
  sink_->Open();
  v1::UploadMetricsRequest message = RecordMessage(1);
  message.mutable_start()->set_session_token(token_);
  Send(message);
  scheduler_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(peer_.ended);
  EXPECT_TRUE(absl::IsPermissionDenied(*peer_.ended)) << *peer_.ended;
  EXPECT_EQ(statistics_.Read(0, 0).total.records, 0u);
}

TEST_F(IdentifiedCallsTest, CommandsGoToTheDeviceOfTheCertificateAlone) {
  const int64_t now_unix_ns = absl::ToUnixNanos(clock_.Wall());
  ASSERT_TRUE(store_
                  .Issue({.id = std::string(kOrderIdSize, 'i'),
                          .device_id = "dev",
                          .kind = "ping",
                          .expires_unix_ns = now_unix_ns + 3'600'000'000'000},
                         now_unix_ns)
                  .ok());
  v1::ReceiveCommandsRequest request;
  request.set_session_token(token_);
  for (const char* device : {"other", "dev"}) {
    CommandPeerOfTest peer;
    const auto stream = strict_.NewCommandStream(peer, request, CallerOf(device));
    stream->Open();
    scheduler_.RunFor(absl::Seconds(1));
    const bool is_own = device == std::string("dev");
    EXPECT_EQ(peer.sent, is_own ? 1 : 0);
    EXPECT_EQ(absl::IsPermissionDenied(peer.ended.value_or(absl::OkStatus())), !is_own);
  }
}

}  // namespace
}  // namespace godwit::collector
