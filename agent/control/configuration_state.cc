#include "agent/control/configuration_state.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "agent/control/limits.h"
#include "base/bytes.h"
#include "base/checksum.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr std::string_view kMagic = "GWCFG001";
constexpr ByteCount kFileBytesMax = ByteCount{1} << 20;

void PutRevision(std::string& out, const Revision& revision) {
  PutText(out, revision.offer);
  PutText(out, revision.id);
  PutText(out, revision.text);
}

std::string Encode(const ConfigurationState& state) {
  std::string out;
  PutRevision(out, state.confirmed);
  PutRevision(out, state.previous);
  PutText(out, state.files_hash);
  PutText(out, state.store_id);
  Put(out, static_cast<uint8_t>(state.trial.has_value()));
  if (state.trial) {
    PutRevision(out, state.trial->revision);
    PutText(out, state.trial->boot);
  }
  PutText(out, state.tried);
  Put(out, state.tries);
  Put(out, state.short_starts);
  PutText(out, state.last.offer);
  Put(out, static_cast<uint8_t>(state.last.state));
  PutText(out, state.last.reason);
  Put(out, static_cast<uint8_t>(state.ended.size()));
  for (const OfferId& offer : state.ended) PutText(out, offer);
  Put(out, static_cast<uint16_t>(state.kept.size()));
  for (const OwnFile& file : state.kept) {
    PutText(out, file.name);
    PutText(out, file.text);
  }
  return out;
}

bool GetString(ByteReader& reader, std::string& out) {
  std::string_view text;
  if (!reader.GetText(text)) return false;
  out = text;
  return true;
}

bool GetRevision(ByteReader& reader, Revision& out) {
  return GetString(reader, out.offer) && GetString(reader, out.id) && GetString(reader, out.text);
}

// Nothing at all is what an older agent wrote.
bool GetKept(ByteReader& reader, std::vector<OwnFile>& out) {
  uint16_t count = 0;
  if (reader.done()) return true;
  if (!reader.Get(count)) return false;
  for (; count > 0; --count) {
    OwnFile& file = out.emplace_back();
    if (!GetString(reader, file.name) || !GetString(reader, file.text)) return false;
  }
  return true;
}

bool Decode(std::string_view bytes, ConfigurationState& state) {
  ByteReader reader(bytes);
  uint8_t has_trial = 0;
  if (!GetRevision(reader, state.confirmed) || !GetRevision(reader, state.previous) ||
      !GetString(reader, state.files_hash) || !GetString(reader, state.store_id) ||
      !reader.Get(has_trial)) {
    return false;
  }
  if (has_trial != 0) {
    state.trial.emplace();
    if (!GetRevision(reader, state.trial->revision) || !GetString(reader, state.trial->boot)) {
      return false;
    }
  }
  uint8_t last = 0;
  uint8_t ended = 0;
  if (!GetString(reader, state.tried) || !reader.Get(state.tries) ||
      !reader.Get(state.short_starts) || !GetString(reader, state.last.offer) ||
      !reader.Get(last) || !GetString(reader, state.last.reason) || !reader.Get(ended)) {
    return false;
  }
  if (last < static_cast<uint8_t>(OfferState::kUnset) ||
      last > static_cast<uint8_t>(OfferState::kFailed)) {
    return false;
  }
  state.last.state = static_cast<OfferState>(last);
  for (state.ended.resize(ended); OfferId & offer : state.ended) {
    if (!GetString(reader, offer)) return false;
  }
  return GetKept(reader, state.kept);
}

bool Parse(std::string_view bytes, uint64_t number, ConfigurationState& state) {
  ByteReader reader(bytes);
  std::string_view magic;
  uint64_t checksum = 0;
  if (!reader.GetBytes(kMagic.size(), magic) || magic != kMagic || !reader.Get(checksum)) {
    return false;
  }
  const std::string_view payload = bytes.substr(kMagic.size() + sizeof(checksum));
  return Checksum(payload, number) == checksum && Decode(payload, state);
}

}  // namespace

void End(ConfigurationState& state, OfferOutcome outcome) {
  outcome.reason = std::string(CutUtf8(outcome.reason, kRevisionReasonBytesMax));
  if (!outcome.offer.empty() && !HasEnded(state, outcome.offer)) {
    state.ended.push_back(outcome.offer);
  }
  if (state.ended.size() > kEndedOffersMax) state.ended.erase(state.ended.begin());
  state.last = std::move(outcome);
}

bool HasEnded(const ConfigurationState& state, const OfferId& offer) {
  return std::find(state.ended.begin(), state.ended.end(), offer) != state.ended.end();
}

void EndInconclusive(ConfigurationState& state, const OfferId& offer, const std::string& why) {
  if (state.tried != offer) state.tries = 0;
  state.tried = offer;
  ++state.tries;
  const std::string reason =
      Cat("inconclusive (trial ", state.tries, " of ", kTriesMax, "): ", why);
  if (state.tries >= kTriesMax) return End(state, {offer, OfferState::kFailed, reason});
  state.last = {offer, OfferState::kApplying, reason};
}

namespace {

void EndTrial(ConfigurationState& state, const BootId& boot) {
  const ConfigurationState::Trial trial = *std::exchange(state.trial, std::nullopt);
  if (trial.boot != boot) {
    return EndInconclusive(state, trial.revision.offer, "the machine stopped during the trial");
  }
  End(state,
      {trial.revision.offer, OfferState::kFailed,
       "crash: the agent ended during the trial; the previous configuration is in force again"});
}

void GoBack(ConfigurationState& state) {
  End(state, {state.confirmed.offer, OfferState::kFailed,
              Cat("crash: ", kShortStartsMax,
                  " starts in a row ended early, without a committed batch; the previous "
                  "configuration is in force again")});
  state.confirmed = std::exchange(state.previous, {});
  state.short_starts = 0;
}

}  // namespace

ConfigurationState AfterStart(ConfigurationState state, const std::string& files_hash,
                              const BootId& boot) {
  if (state.trial) EndTrial(state, boot);
  if (state.confirmed.id.empty()) return state;
  if (state.files_hash != files_hash) {
    End(state,
        {state.confirmed.offer, OfferState::kUnset,
         "the device's own files have changed since; they are in force alone until the next push"});
    state.confirmed = {};
    state.previous = {};
    return state;
  }
  if (state.short_starts >= kShortStartsMax) GoBack(state);
  if (!state.confirmed.id.empty()) ++state.short_starts;
  return state;
}

StatusOr<std::unique_ptr<ConfigurationFile>> ConfigurationFile::Open(FileSystem& files,
                                                                     std::string directory) {
  std::unique_ptr<ConfigurationFile> file(new ConfigurationFile(files, std::move(directory)));
  GODWIT_RETURN_IF_ERROR(file->Load());
  return file;
}

Status ConfigurationFile::Load() {
  return files_.Load(kFileBytesMax, [this](std::string_view bytes, uint64_t number) {
    ConfigurationState state;
    if (Parse(bytes, number, state)) state_ = std::move(state);
  });
}

Status ConfigurationFile::Save(const ConfigurationState& state) {
  if (state == state_) return absl::OkStatus();
  const auto content = [&](uint64_t number) {
    const std::string payload = Encode(state);
    std::string bytes(kMagic);
    Put(bytes, Checksum(payload, number));
    return bytes + payload;
  };
  GODWIT_RETURN_IF_ERROR(files_.Replace(content).status());
  state_ = state;
  return absl::OkStatus();
}

}  // namespace godwit::agent
