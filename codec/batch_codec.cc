#include "codec/batch_codec.h"

#include <cstdint>
#include <cstring>
#include <deque>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"
#include "codec/column_decoder.h"
#include "codec/column_encoder.h"
#include "codec/frame_parts.h"
#include "codec/limits.h"
#include "codec/streams.h"
#include "codec/zstd_frame.h"

namespace godwit {
namespace {

constexpr std::string_view kMagic = "GWB";
constexpr uint8_t kBatchVersion = 1;
constexpr uint8_t kWallSynchronised = 1;
constexpr uint8_t kNeedsPredecessor = 2;  // reserved: no batch of version 1 has it

// A block's first byte.
constexpr uint8_t kOwnTicks = 0;
constexpr uint8_t kTicksOfThePrevious = 1;

Status Malformed(std::string_view what) {
  return Error(StatusCode::kInvalidArgument, Cat("batch: ", what));
}

Status AtMost(std::string_view what, uint64_t value, uint64_t limit) {
  if (value <= limit) return absl::OkStatus();
  return Error(StatusCode::kResourceExhausted,
               Cat("batch: ", value, " ", what, "; the limit is ", limit));
}

// What a reader insists on, of one block.
Status CheckTicks(const Block& block) {
  if (block.interval_ns <= 0) return Malformed("an interval that is not positive");
  for (size_t i = 1; i < block.ticks.size(); ++i) {
    if (block.ticks[i].time_unix_ns <= block.ticks[i - 1].time_unix_ns) {
      return Malformed("ticks that do not ascend");
    }
  }
  return absl::OkStatus();
}

// The bounds that the decoder has, so that nothing is written that it would refuse.
Status CheckBounds(const Batch& batch) {
  GODWIT_RETURN_IF_ERROR(AtMost("blocks", batch.blocks.size(), kBatchBlocksMax));
  uint64_t values = 0;
  uint64_t states = 0;
  for (const Block& block : batch.blocks) {
    if (block.ticks.empty()) return Malformed("a block without ticks");
    GODWIT_RETURN_IF_ERROR(CheckTicks(block));
    GODWIT_RETURN_IF_ERROR(AtMost("ticks in a block", block.ticks.size(), kBlockTicksMax));
    GODWIT_RETURN_IF_ERROR(AtMost("columns in a block", block.columns.size(), kTableSeriesMax));
    values += block.ticks.size() * (block.columns.size() + kTickColumns);
    for (const Column& column : block.columns) {
      GODWIT_RETURN_IF_ERROR(AtMost("states in a column", column.states.size(), kColumnStatesMax));
      states += column.states.size();
      for (const std::string& state : column.states) {
        GODWIT_RETURN_IF_ERROR(AtMost("bytes in a state", state.size(), kStateBytesMax));
      }
    }
  }
  GODWIT_RETURN_IF_ERROR(AtMost("values", values, kBatchValuesMax));
  return AtMost("states", states, kBatchStatesMax);
}

// Keeps its memory from batch to batch.
class Encoder {
 public:
  StatusOr<std::string> Encode(const Batch& batch) {
    GODWIT_RETURN_IF_ERROR(CheckBounds(batch));
    streams_.Clear();
    columns_.StartBatch();
    tick_columns_.clear();
    for (size_t i = 0; i < batch.blocks.size(); ++i) {
      PutBlock(batch.blocks[i], i == 0 ? nullptr : &batch.blocks[i - 1]);
    }
    streams_.Finish();
    streams_.CopyTo(raw_);
    GODWIT_RETURN_IF_ERROR(AtMost("bytes before compression", raw_.size(), kBatchRawBytesMax));
    std::string out = Head(batch);
    zstd_.Compress(FrameParts(raw_, streams_), out);
    return out;
  }

 private:
  static std::string Head(const Batch& batch) {
    // CurrentBootId() checks what it reads.
    GODWIT_CHECK(batch.boot_id.size() == kBootIdSize);
    std::string out(kMagic);
    Put(out, kBatchVersion);
    Put(out, batch.wall_synchronised ? kWallSynchronised : uint8_t{0});
    Put(out, static_cast<uint16_t>(batch.blocks.size()));
    Put(out, batch.wall_offset_ns);
    out.append(batch.boot_id);
    for (const Block& block : batch.blocks) {
      GODWIT_CHECK(block.table.size() == kTableIdSize);
      out.append(block.table);
    }
    return out;
  }

  void PutBlock(const Block& block, const Block* previous) {
    columns_.StartBlock();
    if (previous != nullptr && block.interval_ns == previous->interval_ns &&
        block.ticks == previous->ticks) {
      streams_.PutByte(kModes, kTicksOfThePrevious);
    } else {
      streams_.PutByte(kModes, kOwnTicks);
      PutTicks(block);
    }
    streams_.PutNumber(block.columns.size());
    for (const Column& column : block.columns) {
      // The batcher adds one value to each column for each tick.
      GODWIT_CHECK(column.types.size() == block.ticks.size() &&
                   column.bits.size() == block.ticks.size());
      columns_.Encode(column);
    }
  }

  void PutTicks(const Block& block) {
    const auto first = static_cast<uint64_t>(block.ticks.front().time_unix_ns);
    streams_.PutNumber(static_cast<uint64_t>(block.interval_ns));
    streams_.PutNumber(block.ticks.size());
    streams_.PutSigned(first);
    Column& offsets = tick_columns_.emplace_back();
    Column& lateness = tick_columns_.emplace_back();
    uint64_t due = first;
    for (const BlockTick& tick : block.ticks) {
      offsets.Append(static_cast<int64_t>(static_cast<uint64_t>(tick.time_unix_ns) - due));
      lateness.Append(int64_t{tick.lateness_ms});
      due += static_cast<uint64_t>(block.interval_ns);
    }
    columns_.Encode(offsets);
    columns_.Encode(lateness);
  }

  StreamWriter streams_;
  ColumnEncoder columns_{streams_};
  std::deque<Column> tick_columns_;
  std::string raw_;
  ZstdCompressor zstd_{ZstdCompressor::Content::kStreams};
};

struct Head {
  Batch batch;  // with blocks that have nothing but their tables
  std::string_view frame;
};

StatusOr<Head> ReadHead(std::string_view bytes) {
  Head head;
  ByteReader reader(bytes);
  std::string_view magic;
  std::string_view boot_id;
  uint8_t version = 0;
  uint8_t flags = 0;
  uint16_t blocks = 0;
  if (!reader.GetBytes(kMagic.size(), magic) || magic != kMagic) return Malformed("not a batch");
  if (!reader.Get(version)) return Malformed("cut short");
  if (version != kBatchVersion) {
    return Error(StatusCode::kUnimplemented, Cat("batch: unknown version ", version));
  }
  if (!reader.Get(flags) || !reader.Get(blocks) || !reader.Get(head.batch.wall_offset_ns) ||
      !reader.GetBytes(kBootIdSize, boot_id)) {
    return Malformed("cut short");
  }
  if ((flags & kNeedsPredecessor) != 0) {
    return Error(StatusCode::kUnimplemented, "batch: it needs the previous batch");
  }
  if (flags > kWallSynchronised) return Malformed("an unknown flag");
  GODWIT_RETURN_IF_ERROR(AtMost("blocks", blocks, kBatchBlocksMax));
  head.batch.boot_id = boot_id;
  head.batch.wall_synchronised = flags == kWallSynchronised;
  head.batch.blocks.resize(blocks);
  for (Block& block : head.batch.blocks) {
    std::string_view table;
    if (!reader.GetBytes(kTableIdSize, table)) return Malformed("cut short");
    block.table = table;
  }
  head.frame = reader.rest();
  return head;
}

class Decoder {
 public:
  explicit Decoder(StreamReader& streams) : streams_(streams), columns_(streams) {}

  Status DecodeBlock(Block& block, const Block* previous) {
    uint8_t mode = 0;
    uint64_t columns = 0;
    columns_.StartBlock();
    if (!streams_.GetByte(kModes, mode)) return Malformed("cut short");
    if (mode > kTicksOfThePrevious) return Malformed("a block of an unknown kind");
    if (mode == kOwnTicks) {
      GODWIT_RETURN_IF_ERROR(ReadTicks(block));
    } else if (previous == nullptr) {
      return Malformed("a first block with the ticks of a previous one");
    } else {
      block.interval_ns = previous->interval_ns;
      GODWIT_RETURN_IF_ERROR(CountValues(previous->ticks.size(), kTickColumns));
      block.ticks = previous->ticks;
    }
    if (!streams_.GetNumber(columns)) return Malformed("cut short");
    GODWIT_RETURN_IF_ERROR(AtMost("columns in a block", columns, kTableSeriesMax));
    if (columns > streams_.left(kModes)) return Malformed("cut short");
    GODWIT_RETURN_IF_ERROR(CountValues(block.ticks.size(), columns));
    block.columns.resize(columns);
    for (Column& column : block.columns) {
      GODWIT_RETURN_IF_ERROR(columns_.Decode(block.ticks.size(), column));
    }
    return absl::OkStatus();
  }

 private:
  // Before they are allocated.
  Status CountValues(uint64_t ticks, uint64_t columns) {
    values_ += ticks * columns;
    return AtMost("values", values_, kBatchValuesMax);
  }

  Status ReadTicks(Block& block) {
    uint64_t interval = 0;
    uint64_t count = 0;
    uint64_t due = 0;
    if (!streams_.GetNumber(interval) || !streams_.GetNumber(count) || !streams_.GetSigned(due)) {
      return Malformed("cut short");
    }
    if (count == 0) return Malformed("a block without ticks");
    GODWIT_RETURN_IF_ERROR(AtMost("ticks in a block", count, kBlockTicksMax));
    GODWIT_RETURN_IF_ERROR(CountValues(count, kTickColumns));
    Column offsets;
    Column lateness;
    GODWIT_RETURN_IF_ERROR(columns_.Decode(count, offsets));
    GODWIT_RETURN_IF_ERROR(columns_.Decode(count, lateness));
    block.interval_ns = static_cast<int64_t>(interval);
    block.ticks.resize(count);
    for (size_t i = 0; i < count; ++i) {
      if (offsets.types[i] != Column::kInt || lateness.types[i] != Column::kInt ||
          lateness.bits[i] > UINT32_MAX) {
        return Malformed("a tick that is not a valid time");
      }
      block.ticks[i] = {.time_unix_ns = static_cast<int64_t>(due + offsets.bits[i]),
                        .lateness_ms = static_cast<uint32_t>(lateness.bits[i])};
      due += interval;
    }
    return CheckTicks(block);
  }

  StreamReader& streams_;
  ColumnDecoder columns_;
  uint64_t values_ = 0;
};

}  // namespace

StatusOr<std::string> EncodeBatch(const Batch& batch) {
  // One a thread, kept: making one costs more than a small batch. Nothing stays in it but memory.
  static thread_local Encoder encoder;
  return encoder.Encode(batch);
}

StatusOr<Batch> DecodeBatch(std::string_view bytes) {
  GODWIT_RETURN_IF_ERROR(AtMost("bytes", bytes.size(), kBatchBytesMax));
  GODWIT_ASSIGN_OR_RETURN(Head head, ReadHead(bytes));
  static thread_local ZstdDecompressor zstd;
  std::string raw;
  GODWIT_RETURN_IF_ERROR(zstd.Decompress(head.frame, kBatchRawBytesMax, "batch", raw));
  GODWIT_RETURN_IF_ERROR(DecodeStreams(raw, head.batch));
  return std::move(head.batch);
}

Status DecodeStreams(std::string_view raw, Batch& batch) {
  GODWIT_ASSIGN_OR_RETURN(StreamReader streams, StreamReader::Open(raw));
  Decoder decoder(streams);
  for (size_t i = 0; i < batch.blocks.size(); ++i) {
    GODWIT_RETURN_IF_ERROR(
        decoder.DecodeBlock(batch.blocks[i], i == 0 ? nullptr : &batch.blocks[i - 1]));
  }
  if (!streams.done()) return Malformed("bytes after the last block");
  return absl::OkStatus();
}

Status CheckBlock(const Block& block, const Table& table) {
  if (block.columns.size() == table.series.size()) return absl::OkStatus();
  return Malformed(Cat("a block of ", block.columns.size(), " columns for a table of ",
                       table.series.size(), " series"));
}

}  // namespace godwit
