// Serves the collector's pages over HTTP, read-only and small. Boost.Beast stays in the .cc file.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace godwit::collector {

struct HttpAnswer {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

// Serves sockets of accepted connections on a thread of its own. Each connection has kHttpDeadline
// for a request, and the same again for taking the answer. Beyond kHttpConnectionsMax a new
// connection replaces the oldest one of the source with the most.
class HttpServer {
 public:
  // Sends the answer. May be called on any thread, once.
  using Respond = std::function<void(HttpAnswer)>;
  // Answers a request for a page. Called on the server's thread; must not block it.
  using Page = std::function<void(Respond)>;

  // `pages` are the pages by path.
  explicit HttpServer(std::map<std::string, Page> pages);
  ~HttpServer();

  // Takes over a socket. Thread-safe.
  void Serve(int socket);
  // Closes all connections and joins. Safe to call twice.
  void Stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace godwit::collector
