// Who is at the other end of a device's call.
#pragma once

#include <string>

#include "base/identity_map.h"

namespace godwit::collector {

struct Caller {
  CertificateNames certificate;  // empty: it showed none
  std::string address;           // "ipv4:192.0.2.1:40000"; empty: not known
};

}  // namespace godwit::collector
