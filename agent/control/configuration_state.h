// What a device remembers of pushed configurations, across crashes and power cuts: what it runs
// with, what it ran with before, and the trial under way. One whole file for each change:
//
//   <16 hex digits>.state   the file's number; the highest that is whole says what holds
//     "GWCFG001", XXH3-64 of the payload seeded with the file's number, payload
//       payload: confirmed, previous (revisions), files hash, store id (texts), trial there (u8),
//                trial: revision, boot id (text); tried offer (text), tries (u8), short starts
//                (u8), last: offer (text), state (u8), reason (text); ended offers (u8 count,
//                texts); kept files (u16 count; each: name, text)
//       a revision: offer id, revision id, text (texts)
//   Texts stand behind their length (varint). A payload that ends before the kept files, of an
//   older agent, keeps none; an older agent passes over what follows the ended offers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/control/numbered_files.h"
#include "base/names.h"
#include "base/status.h"
#include "platform/file_system.h"

namespace godwit::agent {

using OfferId = std::string;     // 16 bytes, random; empty: none
using RevisionId = std::string;  // 16 bytes of SHA-256; empty: the device's own files alone

// A configuration on top of the device's own files, and the offer it came with.
struct Revision {
  OfferId offer;
  RevisionId id;
  std::string text;
  friend bool operator==(const Revision&, const Revision&) = default;
};

// The numbers are those of the file, for ever.
enum class OfferState : uint8_t {
  kUnset = 1,
  kApplying = 2,
  kApplied = 3,
  kFailed = 4,
};

struct OfferOutcome {
  OfferId offer;  // empty: none was ever taken
  OfferState state = OfferState::kUnset;
  std::string reason;
  friend bool operator==(const OfferOutcome&, const OfferOutcome&) = default;
};

// One of the device's own settings files, as it was read.
struct OwnFile {
  std::string name;
  std::string text;
  friend bool operator==(const OwnFile&, const OwnFile&) = default;
};

struct ConfigurationState {
  Revision confirmed;
  Revision previous;       // confirmed before that one
  std::string files_hash;  // of the device's own files, when it was confirmed
  std::string store_id;    // of the collector that took its first batch
  struct Trial {
    Revision revision;
    BootId boot;
    friend bool operator==(const Trial&, const Trial&) = default;
  };
  std::optional<Trial> trial;
  // Trials of one offer that told nothing, because the power went or no session could be had.
  OfferId tried;
  uint8_t tries = 0;
  // Starts in a row that ended soon and without a committed batch.
  uint8_t short_starts = 0;
  OfferOutcome last;           // what the collector is told
  std::vector<OfferId> ended;  // offers that are not tried again; the newest last
  // The device's own files as they were in force when the last trial began; none once they rule
  // alone again. A start that cannot read the files themselves takes these.
  std::vector<OwnFile> kept;
  friend bool operator==(const ConfigurationState&, const ConfigurationState&) = default;
};

// The offer has come to its end: it is told, and not tried again.
void End(ConfigurationState& state, OfferOutcome outcome);
bool HasEnded(const ConfigurationState& state, const OfferId& offer);

// What the trial of an offer that told nothing leads to: another, or, after kTriesMax, its end.
void EndInconclusive(ConfigurationState& state, const OfferId& offer, const std::string& why);

// What a start makes of what the life before it left: a trial that was cut off is over, own files
// that have changed rule alone, and starts that end soon lead back to what was before. Pure.
ConfigurationState AfterStart(ConfigurationState state, const std::string& files_hash,
                              const BootId& boot);

// Confined to one executor that may block.
class ConfigurationFile {
 public:
  // Reads what is there; writes nothing. A folder without a whole file is as one that is empty.
  [[nodiscard]] static StatusOr<std::unique_ptr<ConfigurationFile>> Open(FileSystem& files,
                                                                         std::string directory);
  const ConfigurationState& state() const { return state_; }
  // Survives a power cut when it returned OK; otherwise what was there before does.
  [[nodiscard]] Status Save(const ConfigurationState& state);

 private:
  ConfigurationFile(FileSystem& files, std::string directory)
      : files_(files, std::move(directory), ".state") {}
  Status Load();

  NumberedFiles files_;
  ConfigurationState state_;
};

}  // namespace godwit::agent
