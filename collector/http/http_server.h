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

// Takes sockets of connections that somebody else accepted; a thread of its own. Each connection
// has kHttpDeadline for a request, and as long again for taking the answer. Beyond
// kHttpConnectionsMax a new one takes the place of the oldest of the source that has the most.
class HttpServer {
 public:
  // May be called on any thread, once.
  using Respond = std::function<void(HttpAnswer)>;
  // Called on the server's thread; must not block it.
  using Page = std::function<void(Respond)>;

  // By path.
  explicit HttpServer(std::map<std::string, Page> pages);
  ~HttpServer();

  // Its own from now on. Thread-safe.
  void Serve(int socket);
  // Closes all connections and joins. Safe to call twice.
  void Stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace godwit::collector
