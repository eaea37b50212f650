// Starts one program: the spawner's step between fork and exec.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "platform/linux/file_descriptor.h"
#include "platform/linux/spawner_protocol.h"

namespace godwit::spawner {

// A request as it was received.
struct Request {
  Header header;
  std::string bytes;
  std::vector<FileDescriptor> passed;

  // Splits the request into the words and variables for exec; returns false if the packet is not
  // whole. They point into `bytes`.
  bool Strings(std::vector<char*>& words, std::vector<char*>& variables);
};

// A program that is starting. It has started when `error_pipe` ends; an errno read from it says why
// the program could not be started. Neither is waited for: exec takes as long as the file system
// does.
struct Started {
  pid_t pid = 0;
  FileDescriptor error_pipe{-1};  // non-blocking
};

// Starts the program of a whole request. `error` is an errno if there is no process for it.
Started StartProgram(const Request& request, const std::vector<char*>& words,
                     const std::vector<char*>& variables, int& error);

// Closes every descriptor from `first` on.
void CloseFrom(unsigned first);

}  // namespace godwit::spawner
