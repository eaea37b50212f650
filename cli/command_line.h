// `godwit`'s command line, from the table of commands. CLI11 stays in the .cc file.
#pragma once

namespace godwit::cli {

// Runs the command and says what to exit with; errors are on standard error.
int RunCommandLine(int argc, char** argv);

}  // namespace godwit::cli
