// The sensor port: something the agent reads on a period. agent/sensors/ has one file per type.
//
// A sensor is read by one thread at a time. One that can block (a bus, a child process) has a
// worker of its own, and its readings that may block are done there and have a deadline; all others
// must answer at once.
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
  // Which groups have a row at this tick, by their places; empty: all of them.
  std::vector<bool> due;

  bool Due(size_t group) const { return due.empty() || due[group]; }
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
  // How many ticks there are from one row of a group to the next, at least 1. The same for the
  // sensor's whole life.
  virtual uint32_t every(size_t) const { return 1; }
  // Whether the reading of this tick may block: of sensors with a worker. Does not block.
  virtual bool MayBlock(const Tick&) const { return true; }
  // Values so far, or lines with values, that came and were not taken: they are none, or there was
  // no room among the series it may have. The error of a reading names them.
  virtual uint64_t refused() const { return 0; }

  // Called once on the loop, before the first reading: a sensor that is sent what it measures
  // receives from here on. Must not block. What fails is tried again, and reported, by Read.
  virtual void Start() {}

  // Fills `readings`, which comes in the shape of groups() and all null; where groups() changes, so
  // does its shape. Groups that are not due are not read. A value that cannot be read stays null by
  // itself: the error names it, and the other values of its group, and of the other groups, are
  // filled and count all the same.
  [[nodiscard]] virtual Status Read(const Tick& tick, Readings& readings) = 0;
};

}  // namespace godwit
