#include "collector/http/http_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "base/text.h"
#include "collector/http/places.h"
#include "collector/limits.h"
#include "platform/linux/source_queue.h"

namespace godwit::collector {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using Pages = std::map<std::string, HttpServer::Page>;

const auto kDeadline = std::chrono::nanoseconds(absl::ToInt64Nanoseconds(kHttpDeadline));

// One connection, on the server's thread. It is its server's until it has ended.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::ip::tcp::socket socket, const Pages& pages, std::function<void()> ended)
      : stream_(std::move(socket)), pages_(pages), ended_(std::move(ended)) {}

  void Read() {
    parser_.emplace();
    parser_->header_limit(kHttpHeaderBytesMax);
    parser_->body_limit(kHttpBodyBytesMax);
    stream_.expires_after(kDeadline);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](const beast::error_code& error, size_t) {
                       if (!error) return self->Dispatch();
                       if (error == http::error::header_limit || error == http::error::body_limit) {
                         return self->Write({.status = 413, .body = "the request is too large\n"});
                       }
                       self->End();
                     });
  }
  // What is under way of it fails.
  void Close() { stream_.close(); }

 private:
  void Dispatch() {
    const auto& request = parser_->get();
    keep_alive_ = request.keep_alive();
    head_ = request.method() == http::verb::head;
    if (!head_ && request.method() != http::verb::get) {
      return Write({.status = 405, .body = "only GET and HEAD are allowed\n"});
    }
    const std::string target(request.target());
    const auto page = pages_.find(target.substr(0, target.find('?')));
    if (page == pages_.end()) {
      HttpAnswer answer{.status = 404, .body = "not found; available paths: "};
      for (const auto& [path, each] : pages_) answer.body += path + " ";
      answer.body.back() = '\n';
      return Write(std::move(answer));
    }
    page->second([weak = weak_from_this(), executor = stream_.get_executor()](HttpAnswer answer) {
      asio::post(executor, [weak, answer = std::move(answer)]() mutable {
        if (const auto self = weak.lock()) self->Write(std::move(answer));
      });
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
          if (!error && self->keep_alive_) return self->Read();
          beast::error_code ignored;
          self->stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
          self->End();
        });
  }

  void End() { ended_(); }

  beast::tcp_stream stream_;
  const Pages& pages_;
  const std::function<void()> ended_;
  beast::flat_buffer buffer_{kHttpHeaderBytesMax + kHttpBodyBytesMax};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  bool keep_alive_ = false;
  bool head_ = false;
};

sockaddr_storage PeerOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return address;
}

}  // namespace

struct HttpServer::State {
  void Serve(int socket);

  Pages pages;
  // Confined to the thread.
  Places places{kHttpConnectionsMax};
  std::map<Places::Id, std::shared_ptr<Connection>> connections;
  Places::Id last_id = 0;
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
  asio::post(state_->context, [state = state_.get(), socket] { state->Serve(socket); });
}

void HttpServer::State::Serve(int socket) {
  const sockaddr_storage peer = PeerOf(socket);
  asio::ip::tcp::socket own(context);
  beast::error_code error;
  own.assign(peer.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket, error);
  if (error) {
    close(socket);
    return;
  }
  const Places::Id id = ++last_id;
  if (const auto loser = places.Enter(id, SourceOf(AddressOf(peer)))) {
    // It may wait for its page: then nothing under way of it fails.
    connections.at(*loser)->Close();
    connections.erase(*loser);
  }
  const auto connection = std::make_shared<Connection>(std::move(own), pages, [this, id] {
    places.Leave(id);
    connections.erase(id);
  });
  connections[id] = connection;
  connection->Read();
}

void HttpServer::Stop() {
  state_->work.reset();
  state_->context.stop();
  if (state_->thread.joinable()) state_->thread.join();
  state_->connections.clear();  // before the context that their sockets belong to
}

}  // namespace godwit::collector
