// The sensor port: something that the agent reads periodically. agent/sensors/ has one file for
// each type.
//
// One thread at a time reads a sensor. A sensor that can block (a bus, a child process) has a
// worker, which does the readings that may block, with a deadline. All other sensors must answer at
// once.
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
  // Which groups have a row at this tick, by position; empty: all of them.
  std::vector<bool> due;

  bool Due(size_t group) const { return due.empty() || due[group]; }
};

// readings[g][i] is the value of groups()[g].series[i] at one tick.
using Readings = std::vector<std::vector<Value>>;

class Sensor {
 public:
  virtual ~Sensor() = default;

  // Returns the groups that it yields. Their number never changes. Their series may change with a
  // reading (a disk is plugged in), and layout() with them. A group may be empty.
  virtual const std::vector<Table>& groups() const = 0;
  virtual uint64_t layout() const { return 0; }
  // Returns the number of ticks from one row of a group to the next, at least 1. Never changes.
  virtual uint32_t every(size_t) const { return 1; }
  // Returns whether the reading of this tick may block. Asked of sensors with a worker. Does not
  // block.
  virtual bool MayBlock(const Tick&) const { return true; }
  // Returns how many values, or lines with values, have been refused so far: they were not valid,
  // or there was no room for another series. The error of a reading names them.
  virtual uint64_t refused() const { return 0; }

  // Starts the sensor. Called once on the loop, before the first reading; a sensor to which values
  // are sent receives them from here on. Must not block. Read retries and reports whatever fails
  // here.
  virtual void Start() {}

  // Fills `readings`, which has the shape of groups() and only nulls at first; if groups() changes,
  // so does its shape. Groups that are not due are not read. A value that cannot be read stays
  // null, and the error names it; all other values are filled in and count nevertheless.
  [[nodiscard]] virtual Status Read(const Tick& tick, Readings& readings) = 0;
};

}  // namespace godwit
