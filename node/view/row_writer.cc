#include "node/view/row_writer.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ledger/adoption.h"
#include "ledger/check.h"
#include "ledger/manifest.h"
#include "ledger/record.h"
#include "ledger/status.h"

namespace plenary::node {
namespace {

void Say(const Judgement& judgement, nodev1::ViewRow& row) {
  row.set_verdict(static_cast<uint32_t>(judgement.verdict));
  row.clear_reason();
  row.clear_why();
  const std::optional<Reason> reason = ReasonOf(judgement.why);
  if (!reason.has_value()) return;
  row.set_reason(RowOf(*reason).name);
  row.set_why(std::string(judgement.why.message()));
}

void Describe(const ManifestView& manifest, uint32_t entry, absl::string_view owner,
              nodev1::ViewRow& row) {
  const ManifestEntry& listed = manifest.entries[entry];
  row.set_digest(std::string(listed.digest));
  row.set_size(listed.size);
  row.set_permanent(listed.permanent);
  row.set_audience(std::min(listed.audience, kFirstAudienceList));
  const Audience audience = Audience::Of(manifest, listed.audience, owner);
  for (const std::string& member : audience.members()) row.add_audience_members(member);
}

void Name(const RecordView& record, nodev1::ViewRow& row) {
  if (!record.parts.has_value()) return;
  row.set_name(std::string(record.name));
  row.set_revision(record.revision);
}

}  // namespace

void RowWriter::Begin(absl::Span<const SlotView> slots, bool again) {
  slots_ = slots;
  again_ = again;
  late_ = false;
}

RowPlace RowWriter::PlaceOf(EntryPlace place) const {
  return {logs_.at(place.epoch).number, place.index, place.entry};
}

void RowWriter::OnLeaf(LeafPlace place, const LeafView* leaf, const LeafOutcome& outcome) {
  manifest_ = leaf != nullptr ? &leaf->manifest : nullptr;
  identity_ = leaf != nullptr ? CommitIdentity(leaf->payload).bytes() : std::string();
  const uint32_t log = logs_.at(place.epoch).number;
  const std::string key = LeafVerdictKey(log, place.index);
  if (outcome.judgement.verdict == Verdict::kCounts) {
    if (again_) draft_.Drop(ViewFamily::kVerdicts, key);
    return;
  }
  nodev1::ViewRow row;
  row.set_log(log);
  row.set_index(place.index);
  row.set_whole_leaf(true);
  row.set_identity(identity_);
  Say(outcome.judgement, row);
  draft_.Put(ViewFamily::kVerdicts, key, row.SerializeAsString());
}

void RowWriter::OnEntry(const EntryReport& report) {
  if (status_.ok()) Keep(Report(report));
}

void RowWriter::OnChanged(EntryPlace place, const Judgement& judgement) {
  if (status_.ok()) Keep(Change(place, &judgement));
}

void RowWriter::OnRedacted(EntryPlace target, EntryPlace /*redaction*/) {
  if (!status_.ok()) return;
  erased_.push_back(target);
  Keep(Change(target, nullptr));
}

absl::Status RowWriter::Report(const EntryReport& report) {
  const RowPlace place = PlaceOf(report.place);
  std::optional<nodev1::ViewRow> before;
  if (again_ || late_) {
    ASSIGN_OR_RETURN(before, VerdictRow(place));
  }
  nodev1::ViewRow row;
  if (late_) {
    // Everything but what the bytes say is known.
    if (!before.has_value()) {
      return MakeError(Reason::STORE_DAMAGED, "view: an awaited entry has no row");
    }
    row = *before;
    row.set_slot(plenary::v1::SLOT_STATE_PRESENT);
  } else {
    row.set_log(place.log);
    row.set_index(place.index);
    row.set_entry(place.entry);
    row.set_identity(identity_);
    row.set_redacted(before.has_value() && before->redacted());
    row.set_slot(plenary::v1::SLOT_STATE_MISSING);
    for (const SlotView& slot : slots_) {
      if (slot.entry == place.entry) row.set_slot(static_cast<uint32_t>(slot.state));
    }
    Describe(*manifest_, place.entry, member_, row);
  }
  if (report.record != nullptr) Name(*report.record, row);
  Say(report.judgement, row);
  const std::string awaited = AwaitedKey(place);
  if (row.slot() == plenary::v1::SLOT_STATE_MISSING) {
    draft_.Put(ViewFamily::kState, awaited, "");
  } else if (before.has_value()) {
    draft_.Drop(ViewFamily::kState, awaited);
  }
  RETURN_IF_ERROR(Write(row, before.has_value() ? &*before : nullptr));
  return IndexEndorsement(report.place, row);
}

absl::Status RowWriter::Change(EntryPlace place, const Judgement* judgement) {
  ASSIGN_OR_RETURN(const nodev1::ViewRow before, RowAt(place));
  nodev1::ViewRow row = before;
  if (judgement != nullptr) {
    Say(*judgement, row);
  } else {
    row.set_redacted(true);
    row.set_slot(plenary::v1::SLOT_STATE_REDACTED);
    draft_.Drop(ViewFamily::kState, AwaitedKey(node::PlaceOf(row)));
  }
  RETURN_IF_ERROR(Write(row, &before));
  return IndexEndorsement(place, row);
}

struct RowWriter::Stored {
  std::string envelope;
  std::string bytes;
  LeafView leaf;      // into `envelope`
  RecordView record;  // into `bytes`
};

absl::StatusOr<std::unique_ptr<RowWriter::Stored>> RowWriter::ReadStored(EntryPlace place) {
  const auto damaged = [&] {
    return MakeError(Reason::STORE_DAMAGED,
                     absl::StrCat("log ", logs_.at(place.epoch).origin, ": entry ", place.entry,
                                  " of leaf ", place.index, " counted and cannot be read"));
  };
  StoredBytes bytes(reader_, logs_);
  ASSIGN_OR_RETURN(auto envelope, bytes.Leaf(place.leaf()));
  ASSIGN_OR_RETURN(auto record_bytes, bytes.Record(place));
  if (!envelope.has_value() || !record_bytes.has_value()) return damaged();
  auto stored = std::make_unique<Stored>();
  stored->envelope = *std::move(envelope);
  stored->bytes = *std::move(record_bytes);
  auto leaf = ReadLeaf(stored->envelope);
  auto record = ReadRecord(stored->bytes);
  if (!leaf.ok() || !record.ok() || place.entry >= leaf->slots()) return damaged();
  stored->leaf = *std::move(leaf);
  stored->record = *std::move(record);
  return stored;
}

absl::Status RowWriter::IndexEndorsement(EntryPlace place, const nodev1::ViewRow& row) {
  if (VerdictOf(row) != Verdict::kCounts || !absl::StrContains(row.name(), "/endorsements/")) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const auto stored, ReadStored(place));
  const auto text = EndorsedText(stored->record);
  if (!text.has_value()) return absl::OkStatus();
  nodev1::ViewRow indexed = row;
  indexed.set_roster(stored->leaf.manifest.roster.version);
  draft_.Put(ViewFamily::kIndex, EndorsementKey(text->name(), text->digest(), node::PlaceOf(row)),
             indexed.SerializeAsString());
  return absl::OkStatus();
}

absl::StatusOr<std::optional<nodev1::ViewRow>> RowWriter::VerdictRow(RowPlace place) {
  ASSIGN_OR_RETURN(const auto value, draft_.Find(ViewFamily::kVerdicts, EntryVerdictKey(place)));
  if (!value.has_value()) return std::optional<nodev1::ViewRow>();
  ASSIGN_OR_RETURN(nodev1::ViewRow row, ParseRow(*value));
  return std::optional<nodev1::ViewRow>(std::move(row));
}

absl::StatusOr<nodev1::ViewRow> RowWriter::RowAt(EntryPlace place) {
  const RowPlace at = PlaceOf(place);
  ASSIGN_OR_RETURN(auto beside, VerdictRow(at));
  if (beside.has_value()) return *std::move(beside);
  // It counts, so leaf and record can be read; the row's key is what they say.
  ASSIGN_OR_RETURN(const auto stored, ReadStored(place));
  nodev1::ViewRow key;
  key.set_log(at.log);
  key.set_index(at.index);
  key.set_entry(at.entry);
  Describe(stored->leaf.manifest, place.entry, member_, key);
  Name(stored->record, key);
  ASSIGN_OR_RETURN(const auto value, draft_.Find(ViewFamily::kRevisions, RevisionKey(key)));
  if (value.has_value()) return ParseRow(*value);
  return MakeError(Reason::STORE_DAMAGED,
                   absl::StrCat("view: ", key.name(), ": an entry that counts has no row"));
}

absl::Status RowWriter::Write(const nodev1::ViewRow& row, const nodev1::ViewRow* before) {
  const std::string key = RevisionKey(row);
  const std::string value = row.SerializeAsString();
  if (before != nullptr) {
    const std::string old_key = RevisionKey(*before);
    if (old_key != key) draft_.Drop(ViewFamily::kRevisions, old_key);
  }
  draft_.Put(ViewFamily::kRevisions, key, value);
  const std::string verdict_key = EntryVerdictKey(node::PlaceOf(row));
  if (VerdictOf(row) != Verdict::kCounts) {
    draft_.Put(ViewFamily::kVerdicts, verdict_key, value);
  } else if (before != nullptr) {
    draft_.Drop(ViewFamily::kVerdicts, verdict_key);
  }
  if (Stands(row)) return WriteCurrent(row);
  if (before != nullptr && Stands(*before)) fallen_.insert(row.name());
  return absl::OkStatus();
}

absl::Status RowWriter::WriteCurrent(const nodev1::ViewRow& row) {
  const std::string key = CurrentKey(row.name());
  ASSIGN_OR_RETURN(const auto value, draft_.Find(ViewFamily::kCurrent, key));
  if (value.has_value()) {
    ASSIGN_OR_RETURN(const nodev1::ViewRow current, ParseRow(*value));
    if (current.revision() > row.revision()) return absl::OkStatus();
  }
  draft_.Put(ViewFamily::kCurrent, key, row.SerializeAsString());
  return absl::OkStatus();
}

absl::Status RowWriter::Finish() {
  for (const std::string& name : std::exchange(fallen_, {})) {
    std::optional<std::string> newest;
    absl::Status parsed;
    RETURN_IF_ERROR(draft_.ScanBack(ViewFamily::kRevisions, NamePrefix(name),
                                    [&](absl::string_view, absl::string_view value) {
                                      const auto row = ParseRow(value);
                                      parsed = row.status();
                                      if (!parsed.ok()) return false;
                                      if (!Stands(*row)) return true;
                                      newest = std::string(value);
                                      return false;
                                    }));
    RETURN_IF_ERROR(parsed);
    if (newest.has_value()) {
      draft_.Put(ViewFamily::kCurrent, CurrentKey(name), *std::move(newest));
    } else {
      draft_.Drop(ViewFamily::kCurrent, CurrentKey(name));
    }
  }
  return absl::OkStatus();
}

}  // namespace plenary::node
