// What others would make of a batch, for bytes beside ours. Written from the formats'
// specifications, and only as far as bytes need it: nothing decodes these.
#pragma once

#include <string>

#include "bench/data/data_set.h"

namespace godwit::bench {

// One ExportMetricsServiceRequest (OTLP 1.0): each series once with all its points, which is the
// best case for OTLP; an exporter that sends each scrape by itself takes two to four times as much.
std::string OtlpRequest(const DataSet& set, const Batch& batch);

// gzip level 6 and zstd level 3, their defaults.
size_t GzipBytes(const std::string& bytes);
size_t ZstdBytes(const std::string& bytes);

// A time series in memory as in "Gorilla" (VLDB 2015, 4.1): delta of delta for times, XOR for
// values, one stream a series and batch. Names are not counted. Integers and states become doubles.
size_t GorillaBytes(const Batch& batch);

}  // namespace godwit::bench
