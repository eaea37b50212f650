// A small file with one value, as in sysfs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "codec/series.h"
#include "codec/value.h"
#include "platform/sensor_input.h"

namespace godwit::agent {

// How the text of a file becomes a value.
enum class SourceForm {
  kNumber,       // the decimal number it begins with, a unit behind white space, times scale
  kText,         // the first line, as a state
  kHexadecimal,  // the word number `word`: "0x01 0x02"
};

struct Source {
  std::string path;
  Series series;
  SourceForm form = SourceForm::kNumber;
  double scale = 1;
  size_t word = 0;
  // True if the name may come to lead to another file (it is replaced, a link is changed, a file
  // system is mounted over it), so that it is opened at each reading. The kernel's own files stay
  // open.
  bool follow_name = false;
  // The device that hangs or disappears as a whole, for people: a chip, a battery. Sources of one
  // device are adjacent.
  std::string device;

  friend bool operator==(const Source&, const Source&) = default;
};

// Returns the value in a file's text. kDataLoss, with the text: it has none.
[[nodiscard]] StatusOr<Value> ValueIn(const Source& source, std::string_view text);

// Returns a value times a scale. A scale like 0.001 becomes a division by 1000, which yields the
// decimal number that a person would write (45123 by 1000 is 45.123; times 0.001 it is
// 45.123000000000005), and which the codec keeps in few bits.
double Scaled(double value, double scale);

// Returns the first line of a small file, without blanks at its ends; empty if it cannot be read.
std::string FirstLine(SensorInput& input, const std::string& path);

// The sources of one device, and their files. Thread-compatible: read by one thread at a time.
class SourceDevice {
 public:
  // `input` must outlive it, and readings that hang.
  SourceDevice(SensorInput& input, std::vector<Source> sources);

  const std::string& name() const { return sources_.front().device; }
  const std::vector<Source>& sources() const { return sources_; }
  // Reads the value of each source. May block for ever.
  std::vector<StatusOr<Value>> Read();

 private:
  StatusOr<Value> ReadOne(size_t i);

  SensorInput& input_;
  const std::vector<Source> sources_;
  std::vector<std::unique_ptr<SensorFile>> files_;  // of each source, while it is open
};

}  // namespace godwit::agent
