#include "codec/batch_codec.h"

#include <zstd.h>

#include <memory>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"
#include "codec/limits.h"

namespace godwit {
namespace {

constexpr std::string_view kMagic = "GWB";
constexpr uint8_t kBatchVersion = 0;
// Level 1 with a small window: higher levels gain 1-3 % on telemetry and cost ten times the memory.
constexpr int kZstdLevel = 1;
constexpr int kZstdWindowLog = 17;
constexpr int kZstdHashLog = 13;
// The decoder's own bound on what a frame may ask for; the library's default is 128 MiB.
constexpr int kZstdWindowLogMax = 20;

Status Malformed(std::string_view what) {
  return Error(StatusCode::kInvalidArgument, Cat("batch: ", what));
}

Status TooMuch(std::string_view what, uint64_t value, uint64_t limit) {
  return Error(StatusCode::kResourceExhausted,
               Cat("batch: ", value, " ", what, "; the limit is ", limit));
}

std::string EncodeRaw(const Batch& batch) {
  std::string raw;
  raw.append(batch.boot_id);
  Put(raw, batch.wall_offset_ns);
  Put(raw, static_cast<uint8_t>(batch.wall_synchronised));
  Put(raw, static_cast<uint32_t>(batch.blocks.size()));
  for (const Block& block : batch.blocks) {
    raw.append(block.table);
    Put(raw, block.interval_ns);
    Put(raw, static_cast<uint32_t>(block.ticks.size()));
    Put(raw, static_cast<uint32_t>(block.columns.size()));
    for (const BlockTick& tick : block.ticks) Put(raw, tick.time_unix_ns);
    for (const BlockTick& tick : block.ticks) Put(raw, tick.lateness_ms);
    for (const Column& column : block.columns) {
      Put(raw, static_cast<uint32_t>(column.states.size()));
      for (const std::string& state : column.states) PutSized(raw, state);
      raw.append(column.types.begin(), column.types.end());
      for (const uint64_t bits : column.bits) Put(raw, bits);
    }
  }
  return raw;
}

Status DecodeColumn(ByteReader& reader, size_t ticks, Column& column) {
  uint32_t state_count = 0;
  if (!reader.Get(state_count)) return Malformed("cut short");
  if (state_count > kColumnStatesMax)
    return TooMuch("states in a column", state_count, kColumnStatesMax);
  for (uint32_t i = 0; i < state_count; ++i) {
    std::string_view state;
    if (!reader.GetSized(state)) return Malformed("cut short");
    if (state.size() > kStateBytesMax)
      return TooMuch("bytes in a state", state.size(), kStateBytesMax);
    column.states.emplace_back(state);
  }
  std::string_view types;
  std::string_view bits;
  if (!reader.GetBytes(ticks, types) || !reader.GetBytes(ticks * sizeof(uint64_t), bits)) {
    return Malformed("cut short");
  }
  column.types.assign(types.begin(), types.end());
  column.bits.resize(ticks);
  std::memcpy(column.bits.data(), bits.data(), bits.size());
  for (size_t i = 0; i < ticks; ++i) {
    const uint8_t type = column.types[i];
    if (type > Column::kState) return Malformed(Cat("unknown value type ", type));
    if (type == Column::kState && column.bits[i] >= state_count) {
      return Malformed("a state outside its dictionary");
    }
    if (type == Column::kNull && column.bits[i] != 0) return Malformed("a null with a value");
  }
  return absl::OkStatus();
}

Status DecodeBlock(ByteReader& reader, Block& block) {
  std::string_view table;
  uint32_t ticks = 0;
  uint32_t columns = 0;
  if (!reader.GetBytes(kTableIdSize, table) || !reader.Get(block.interval_ns) ||
      !reader.Get(ticks) || !reader.Get(columns)) {
    return Malformed("cut short");
  }
  block.table = table;
  if (block.interval_ns <= 0) return Malformed("an interval that is not positive");
  if (ticks == 0) return Malformed("a block without ticks");
  if (ticks > kBlockTicksMax) return TooMuch("ticks in a block", ticks, kBlockTicksMax);
  if (columns > kTableSeriesMax) return TooMuch("columns in a block", columns, kTableSeriesMax);
  // Before anything is allocated: each tick of each column takes 9 bytes, and 12 of its own.
  const uint64_t needed = uint64_t{ticks} * 12 + uint64_t{ticks} * columns * 9;
  if (needed > reader.rest().size()) return Malformed("cut short");
  block.ticks.resize(ticks);
  for (BlockTick& tick : block.ticks) {
    if (!reader.Get(tick.time_unix_ns)) return Malformed("cut short");
  }
  for (BlockTick& tick : block.ticks) {
    if (!reader.Get(tick.lateness_ms)) return Malformed("cut short");
  }
  for (size_t i = 1; i < block.ticks.size(); ++i) {
    if (block.ticks[i].time_unix_ns <= block.ticks[i - 1].time_unix_ns) {
      return Malformed("ticks that do not ascend");
    }
  }
  block.columns.resize(columns);
  for (Column& column : block.columns) GODWIT_RETURN_IF_ERROR(DecodeColumn(reader, ticks, column));
  return absl::OkStatus();
}

StatusOr<Batch> DecodeRaw(std::string_view raw) {
  ByteReader reader(raw);
  Batch batch;
  std::string_view boot_id;
  uint8_t synchronised = 0;
  uint32_t blocks = 0;
  if (!reader.GetBytes(kBootIdSize, boot_id) || !reader.Get(batch.wall_offset_ns) ||
      !reader.Get(synchronised) || !reader.Get(blocks)) {
    return Malformed("cut short");
  }
  if (synchronised > 1) return Malformed("a flag that is neither 0 nor 1");
  if (blocks > kBatchBlocksMax) return TooMuch("blocks", blocks, kBatchBlocksMax);
  batch.boot_id = boot_id;
  batch.wall_synchronised = synchronised == 1;
  batch.blocks.resize(blocks);
  for (Block& block : batch.blocks) GODWIT_RETURN_IF_ERROR(DecodeBlock(reader, block));
  if (!reader.done()) return Malformed("bytes after the last block");
  return batch;
}

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

size_t RawSize(const Batch& batch) {
  size_t size = 0;
  for (const Block& block : batch.blocks) {
    size += block.ticks.size() * 12;
    for (const Column& column : block.columns) {
      size += sizeof(uint32_t) + column.types.size() * 9;
      for (const std::string& state : column.states) size += sizeof(uint32_t) + state.size();
    }
  }
  return size;
}

StatusOr<std::string> EncodeBatch(const Batch& batch) {
  GODWIT_CHECK(batch.boot_id.size() == kBootIdSize);
  const std::string raw = EncodeRaw(batch);
  if (raw.size() > kBatchRawBytesMax) return TooMuch("bytes", raw.size(), kBatchRawBytesMax);

  std::string out(kMagic);
  Put(out, kBatchVersion);
  Put(out, static_cast<uint32_t>(raw.size()));
  const size_t header = out.size();
  out.resize(header + ZSTD_compressBound(raw.size()));

  // One a thread, kept: making one costs more than a small batch. Nothing stays in it but memory.
  static thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  GODWIT_CHECK(context != nullptr);
  ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kZstdLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, kZstdWindowLog);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_hashLog, kZstdHashLog);
  const size_t size = ZSTD_compress2(context.get(), out.data() + header, out.size() - header,
                                     raw.data(), raw.size());
  GODWIT_CHECK(!ZSTD_isError(size));
  out.resize(header + size);
  return out;
}

StatusOr<Batch> DecodeBatch(std::string_view bytes) {
  if (bytes.size() > kBatchBytesMax) return TooMuch("bytes", bytes.size(), kBatchBytesMax);
  ByteReader reader(bytes);
  std::string_view magic;
  uint8_t version = 0;
  uint32_t raw_size = 0;
  if (!reader.GetBytes(kMagic.size(), magic) || magic != kMagic) return Malformed("not a batch");
  if (!reader.Get(version)) return Malformed("cut short");
  if (version != kBatchVersion) {
    return Error(StatusCode::kUnimplemented, Cat("batch: unknown version ", version));
  }
  if (!reader.Get(raw_size)) return Malformed("cut short");
  if (raw_size > kBatchRawBytesMax) return TooMuch("bytes inside", raw_size, kBatchRawBytesMax);

  std::string raw(raw_size, '\0');
  static thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  GODWIT_CHECK(context != nullptr);
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  const size_t size = ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(),
                                          reader.rest().data(), reader.rest().size());
  if (ZSTD_isError(size)) return Malformed(Cat("zstd: ", ZSTD_getErrorName(size)));
  if (size != raw_size) return Malformed("shorter inside than its header says");
  return DecodeRaw(raw);
}

Status CheckBlock(const Block& block, const Table& table) {
  if (block.columns.size() != table.series.size()) {
    return Malformed(Cat("a block of ", block.columns.size(), " columns for a table of ",
                         table.series.size(), " series"));
  }
  return absl::OkStatus();
}

}  // namespace godwit
