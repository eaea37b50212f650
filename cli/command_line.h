// `godwit`'s command line, from the table of commands. CLI11 stays in the .cc file.
#pragma once

namespace godwit::cli {

// Runs the command and returns the exit code; errors go to standard error.
int RunCommandLine(int argc, char** argv);

}  // namespace godwit::cli
