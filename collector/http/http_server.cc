#include "collector/http/http_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <thread>
#include <utility>

#include "base/text.h"
#include "collector/limits.h"

namespace godwit::collector {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using Pages = std::map<std::string, HttpServer::Page>;

const auto kDeadline = std::chrono::nanoseconds(absl::ToInt64Nanoseconds(kHttpDeadline));

// One connection, alive as long as something of it is under way.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::ip::tcp::socket socket, const Pages& pages, std::atomic<int>& open)
      : stream_(std::move(socket)), pages_(pages), open_(open) {}
  ~Connection() { --open_; }

  void Read() {
    parser_.emplace();
    parser_->header_limit(kHttpHeaderBytesMax);
    parser_->body_limit(kHttpBodyBytesMax);
    stream_.expires_after(kDeadline);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](const beast::error_code& error, size_t) {
                       if (!error) return self->Dispatch();
                       if (error == http::error::header_limit || error == http::error::body_limit) {
                         self->Write({.status = 413, .body = "the request is too large\n"});
                       }
                     });
  }

 private:
  void Dispatch() {
    const auto& request = parser_->get();
    keep_alive_ = request.keep_alive();
    head_ = request.method() == http::verb::head;
    if (!head_ && request.method() != http::verb::get) {
      return Write({.status = 405, .body = "only GET and HEAD\n"});
    }
    const std::string target(request.target());
    const auto page = pages_.find(target.substr(0, target.find('?')));
    if (page == pages_.end()) {
      HttpAnswer answer{.status = 404, .body = "there is: "};
      for (const auto& [path, each] : pages_) answer.body += path + " ";
      answer.body.back() = '\n';
      return Write(std::move(answer));
    }
    page->second([self = shared_from_this()](HttpAnswer answer) {
      asio::post(self->stream_.get_executor(),
                 [self, answer = std::move(answer)]() mutable { self->Write(std::move(answer)); });
    });
  }

  void Write(HttpAnswer answer) {
    response_ = {static_cast<http::status>(answer.status), 11};
    response_.set(http::field::content_type, answer.type);
    response_.set(http::field::server, "godwit-collector/" GODWIT_VERSION);
    response_.set(http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    response_.keep_alive(keep_alive_);
    response_.content_length(answer.body.size());
    if (!head_) response_.body() = std::move(answer.body);
    stream_.expires_after(kDeadline);
    http::async_write(
        stream_, response_, [self = shared_from_this()](const beast::error_code& error, size_t) {
          if (error) return;
          if (self->keep_alive_) return self->Read();
          beast::error_code ignored;
          self->stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        });
  }

  beast::tcp_stream stream_;
  const Pages& pages_;
  std::atomic<int>& open_;
  beast::flat_buffer buffer_{kHttpHeaderBytesMax + kHttpBodyBytesMax};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  bool keep_alive_ = false;
  bool head_ = false;
};

bool IsIpv6(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  return getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
         address.ss_family == AF_INET6;
}

}  // namespace

struct HttpServer::State {
  Pages pages;
  std::atomic<int> open = 0;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

HttpServer::HttpServer(std::map<std::string, Page> pages) : state_(std::make_unique<State>()) {
  state_->pages = std::move(pages);
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
}

HttpServer::~HttpServer() {
  Stop();
}

void HttpServer::Serve(int socket) {
  if (state_->open.fetch_add(1) >= kHttpConnectionsMax) {
    --state_->open;
    close(socket);
    return;
  }
  asio::post(state_->context, [state = state_.get(), socket] {
    asio::ip::tcp::socket own(state->context);
    beast::error_code error;
    own.assign(IsIpv6(socket) ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket, error);
    if (error) {
      --state->open;
      close(socket);
      return;
    }
    std::make_shared<Connection>(std::move(own), state->pages, state->open)->Read();
  });
}

void HttpServer::Stop() {
  state_->work.reset();
  state_->context.stop();
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace godwit::collector
