// Finds the name of the operator who gives an order.
#pragma once

#include <string>

namespace godwit::cli {

// Returns the user of this terminal: $USER, $LOGNAME or "operator".
std::string OperatorName();

}  // namespace godwit::cli
