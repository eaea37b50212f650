// A sensor over many small files with a value each: sysfs. What there is, is found by a search, and
// searched again when a file has failed and from time to time: chips and batteries come and go.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/sensors/options.h"
#include "codec/sensor.h"
#include "platform/sensor_input.h"

namespace godwit::agent {

// How the text of a file becomes a value.
enum class SourceForm {
  kNumber,       // the number it begins with, times scale
  kText,         // the first line, as a state
  kHexadecimal,  // the word number `word`: "0x01 0x02"
};

struct Source {
  std::string path;
  Series series;
  SourceForm form = SourceForm::kNumber;
  double scale = 1;
  size_t word = 0;
};

// In a stable order. It may list folders and read names, of a bus that hangs too.
using FindSources = std::function<std::vector<Source>(SensorInput& input)>;

std::unique_ptr<Sensor> MakeSourceSensor(SensorInput& input, FindSources find,
                                         Attributes attributes);

// A value times a scale; a scale like 0.001 is a division by 1000, which gives the decimal number a
// person would write (45123 by 1000 is 45.123; times 0.001 it is 45.123000000000005), and that is
// what the codec keeps in few bits.
double Scaled(double value, double scale);

// The first line of a small file, without blanks at its ends; empty when it cannot be read.
std::string FirstLine(SensorInput& input, const std::string& path);

}  // namespace godwit::agent
