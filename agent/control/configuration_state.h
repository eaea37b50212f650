// The state of pushed configurations on a device, which survives crashes and power cuts: the
// configuration in force, the previous one, and the trial under way. Each change writes a whole
// file:
//
//   <16 hex digits>.state   the file's number; the highest that is whole is valid
//     "GWCFG001", XXH3-64 of the payload seeded with the file's number, payload
//       payload: confirmed, previous (revisions), files hash, store id (texts), has trial (u8),
//                trial if so: revision, boot id (text); tried offer (text), tries (u8), short
//                starts (u8), last: offer (text), state (u8), reason (text); ended offers (u8
//                count, texts); kept files (u16 count; each: name, text)
//       a revision: offer id, revision id, text (texts)
//   Each text follows its length (varint). A payload of an older agent ends before the kept files
//   and keeps none; an older agent skips what follows the ended offers.
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

// A configuration on top of the device's own files, and the offer that brought it.
struct Revision {
  OfferId offer;
  RevisionId id;
  std::string text;
  friend bool operator==(const Revision&, const Revision&) = default;
};

// The state of an offer. The numbers are those of the file and never change.
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
  std::string store_id;    // of the collector that took the batch that proved `confirmed`
  struct Trial {
    Revision revision;
    BootId boot;
    friend bool operator==(const Trial&, const Trial&) = default;
  };
  std::optional<Trial> trial;
  // The number of inconclusive trials of one offer: the power failed, or no session could be
  // opened.
  OfferId tried;
  uint8_t tries = 0;
  // The number of consecutive starts that ended soon and without a committed batch.
  uint8_t short_starts = 0;
  OfferOutcome last;           // the outcome to report to the collector
  std::vector<OfferId> ended;  // the last kEndedOffersMax not to be tried again; the newest last
  // The device's own files that were in force when the last trial started; empty once the files
  // alone are in force again. A start that cannot read the files, or finds errors in them, uses
  // these.
  std::vector<OwnFile> kept;
  friend bool operator==(const ConfigurationState&, const ConfigurationState&) = default;
};

// Ends an offer: its outcome is reported, and it is not tried again.
void End(ConfigurationState& state, OfferOutcome outcome);
bool HasEnded(const ConfigurationState& state, const OfferId& offer);

// Handles an inconclusive trial of an offer: allows another one, or ends the offer after kTriesMax.
void EndInconclusive(ConfigurationState& state, const OfferId& offer, const std::string& why);

// Returns the state after a start: a trial that was cut off is over, changed own files are in force
// alone, and repeated short starts roll back to the previous configuration. Counts this start as
// short until it proves otherwise, while a pushed configuration is confirmed. Pure.
ConfigurationState AfterStart(ConfigurationState state, const std::string& files_hash,
                              const BootId& boot);

// Confined to one executor that may block.
class ConfigurationFile {
 public:
  // Reads the state; writes nothing. A folder without a whole file counts as empty.
  [[nodiscard]] static StatusOr<std::unique_ptr<ConfigurationFile>> Open(FileSystem& files,
                                                                         std::string directory);
  const ConfigurationState& state() const { return state_; }
  // Writes the state. It survives a power cut if this returned OK; otherwise the previous one does.
  [[nodiscard]] Status Save(const ConfigurationState& state);

 private:
  ConfigurationFile(FileSystem& files, std::string directory)
      : files_(files, std::move(directory), ".state") {}
  Status Load();

  NumberedFiles files_;
  ConfigurationState state_;
};

}  // namespace godwit::agent
