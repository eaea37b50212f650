// A transport whose calls a test answers, one by one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/uplink/transport.h"
#include "base/names.h"
#include "platform/executor.h"
#include "tests/unit/agent/silent_transport.h"

namespace godwit::agent {

// Keeps all calls, oldest first. An observer or callback is empty once its call is answered or
// cancelled. Calls of commands and configurations are passed over.
class ScriptedTransport final : public SilentTransport {
 public:
  struct Open {
    v1::OpenSessionRequest request;
    SessionOpened opened;
  };
  struct Upload {
    std::vector<v1::UploadMetricsRequest> messages;
    UploadObserver* observer = nullptr;
    bool ended = false;  // no more messages come

    bool open() const { return observer != nullptr; }
    std::vector<RecordName> Records() const {
      std::vector<RecordName> names;
      for (const v1::UploadMetricsRequest& message : messages) {
        if (!message.has_record()) continue;
        names.push_back({message.record().run_id(), message.record().seq()});
      }
      return names;
    }
    int Tables() const {
      int tables = 0;
      for (const v1::UploadMetricsRequest& message : messages) tables += message.tables_size();
      return tables;
    }
  };
  struct Commands {
    v1::ReceiveCommandsRequest request;
    CommandObserver* observer = nullptr;
  };

  explicit ScriptedTransport(Executor& loop) : loop_(loop) {}

  std::vector<std::shared_ptr<Open>> opens;
  std::vector<std::shared_ptr<Upload>> uploads;
  std::vector<std::shared_ptr<Commands>> commands;

  // Answers the newest call that opens a session.
  void AnswerOpen(const CallResult& result, const v1::OpenSessionResponse& response = {}) {
    std::exchange(opens.back()->opened, nullptr)(result, response);
  }
  // Answers each record of the upload by one verdict.
  void AnswerUpload(size_t at, v1::Verdict verdict) {
    v1::UploadMetricsResponse response;
    for (const RecordName& name : uploads.at(at)->Records()) {
      v1::RecordVerdict& answer = *response.add_verdicts();
      answer.set_run_id(name.run);
      answer.mutable_seqs()->set_first(name.seq);
      answer.mutable_seqs()->set_last(name.seq);
      answer.set_verdict(verdict);
    }
    CloseUpload(at, {.status = absl::OkStatus()}, response);
  }
  void CloseUpload(size_t at, const CallResult& result,
                   const v1::UploadMetricsResponse& response = {}) {
    std::exchange(uploads.at(at)->observer, nullptr)->OnClosed(result, response);
  }
  // Ends the newest command stream.
  void CloseCommands(const CallResult& result) {
    std::exchange(commands.back()->observer, nullptr)->OnCommandsClosed(result);
  }

  std::unique_ptr<PendingCall> OpenSession(const v1::OpenSessionRequest& request, absl::Duration,
                                           SessionOpened opened) override {
    opens.push_back(std::make_shared<Open>(Open{request, std::move(opened)}));
    return std::make_unique<Handle>([call = opens.back()] { call->opened = nullptr; });
  }
  std::unique_ptr<UploadStream> StartUpload(absl::Duration, UploadObserver& observer) override {
    uploads.push_back(std::make_shared<Upload>(Upload{.observer = &observer}));
    return std::make_unique<Stream>(loop_, uploads.back());
  }
  std::unique_ptr<PendingCall> ReceiveCommands(const v1::ReceiveCommandsRequest& request,
                                               absl::Duration, CommandObserver& observer) override {
    commands.push_back(std::make_shared<Commands>(Commands{request, &observer}));
    return std::make_unique<Handle>([call = commands.back()] { call->observer = nullptr; });
  }

 private:
  class Handle final : public PendingCall {
   public:
    explicit Handle(std::function<void()> cancel) : cancel_(std::move(cancel)) {}
    ~Handle() override { cancel_(); }

   private:
    const std::function<void()> cancel_;
  };

  class Stream final : public UploadStream {
   public:
    Stream(Executor& loop, std::shared_ptr<Upload> upload)
        : loop_(loop), upload_(std::move(upload)) {}
    ~Stream() override { upload_->observer = nullptr; }
    void Write(const v1::UploadMetricsRequest& message) override {
      upload_->messages.push_back(message);
      loop_.Post([upload = upload_] {
        if (upload->open()) upload->observer->OnWritten();
      });
    }
    void WriteLast(const v1::UploadMetricsRequest& message) override {
      upload_->messages.push_back(message);
      WritesDone();
    }
    void WritesDone() override { upload_->ended = true; }

   private:
    Executor& loop_;
    const std::shared_ptr<Upload> upload_;
  };

  Executor& loop_;
};

}  // namespace godwit::agent
