// godwit: the operator's command.
#include "cli/command_line.h"

int main(int argc, char** argv) {
  return godwit::cli::RunCommandLine(argc, argv);
}
