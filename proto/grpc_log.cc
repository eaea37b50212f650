#include "proto/grpc_log.h"

#include <grpc/support/log.h>

#include "base/log.h"
#include "base/text.h"

namespace godwit {

void TakeGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* line) {
    LogDebug(Cat("grpc: ", line->message), {line->file, line->line});
  });
}

}  // namespace godwit
