// Who gives an order, as the record of it says.
#pragma once

#include <string>

namespace godwit::cli {

// The user of this terminal: $USER, $LOGNAME or "operator".
std::string OperatorName();

}  // namespace godwit::cli
