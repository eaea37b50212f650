// The sensor port: something the agent reads on a period. agent/sensors/ has one file per type.
//
// A sensor is confined to the executor that reads it. One that can block (a bus, a child process)
// is read on a worker of its own and its reading has a deadline; the others must answer at once.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "codec/table.h"
#include "codec/value.h"

namespace godwit {

// One scheduled reading.
struct Tick {
  uint64_t number = 0;  // 1, 2, 3 …: scheduled since the sampler's start, missed ones included
  int64_t time_unix_ns = 0;  // when it was due
};

// readings[g][i] is the value of groups()[g].series[i] at one tick.
using Readings = std::vector<std::vector<Value>>;

class Sensor {
 public:
  virtual ~Sensor() = default;

  // The groups it yields. Their number is the same for the sensor's whole life; their series may
  // change with a reading (a disk is plugged in), and layout() with them. A group may be empty.
  virtual const std::vector<Table>& groups() const = 0;
  virtual uint64_t layout() const { return 0; }
  // Values so far that had no room among the series it may have.
  virtual uint64_t refused() const { return 0; }

  // Fills `readings`, which comes in the shape of groups() and all null; where groups() changes, so
  // does its shape. A group that cannot be read stays null and the error says why; the other groups
  // are filled all the same.
  [[nodiscard]] virtual Status Read(const Tick& tick, Readings& readings) = 0;
};

}  // namespace godwit
