// godwit: the operator's command.
#include <csignal>

#include "cli/command_line.h"

int main(int argc, char** argv) {
  // A collector that has gone is an error of one call, and a reader that has gone of one write.
  std::signal(SIGPIPE, SIG_IGN);
  return godwit::cli::RunCommandLine(argc, argv);
}
