#include "node/services/shown_records.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ledger/adoption.h"
#include "ledger/commit.h"
#include "ledger/names.h"
#include "ledger/note.h"
#include "ledger/record.h"
#include "ledger/status.h"
#include "plenary/v1/record.pb.h"

namespace plenary::node {
namespace {

namespace api = ::plenary::v1;

api::Verdict ShownVerdict(Verdict verdict) {
  switch (verdict) {
    case Verdict::kCounts:
      return api::VERDICT_COUNTS;
    case Verdict::kNotUnderstood:
      return api::VERDICT_NOT_UNDERSTOOD;
    case Verdict::kUnjudged:
    case Verdict::kRestricted:
    case Verdict::kMissing:
      return api::VERDICT_UNJUDGED;
    case Verdict::kRedacted:
    case Verdict::kDoesNotCount:
      return api::VERDICT_DOES_NOT_COUNT;
  }
  return api::VERDICT_UNSPECIFIED;
}

std::string OwnerOf(const std::string& origin) {
  const auto parsed = Origin::Parse(origin);
  return parsed.ok() ? parsed->member : "";
}

Audience AudienceOf(const ShownEntry& entry) {
  const std::string owner = OwnerOf(entry.origin);
  if (entry.audience == "everyone") return Audience::Everyone(owner);
  if (entry.audience == "members") return Audience::Members(owner);
  const std::vector<absl::string_view> members = absl::StrSplit(entry.audience, ',');
  return Audience::List(owner, members);
}

void FillAudience(const Audience& audience, api::RecordAudience& shown) {
  shown.set_kind(static_cast<uint32_t>(audience.kind()));
  for (const std::string& member : audience.members()) shown.add_members(member);
}

}  // namespace

std::vector<std::string> CosignersOn(absl::string_view note) {
  std::vector<std::string> members;
  const auto parsed = ParseNote(note);
  if (!parsed.ok()) return members;
  for (const NoteLine& line : parsed->lines) {
    auto member = ParseCosignerName(line.name);
    if (member.ok()) members.push_back(*std::move(member));
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  return members;
}

RecordShower::RecordShower(const ServiceContext& service, const Caller& caller,
                           const Reader& snapshot)
    : snapshot_(snapshot),
      sight_(service, caller),
      status_(service.node->Status()),
      trust_(service.node->HeldTrust()) {}

const LogStatus* RecordShower::own_log() const {
  return status_->own_origin.has_value() ? status_->Find(*status_->own_origin) : nullptr;
}

bool RecordShower::Sees(const ShownEntry& entry) const {
  return entry.whole_leaf || sight_.Sees(AudienceOf(entry));
}

bool RecordShower::IsFinal(const ShownEntry& entry) const {
  const LogStatus* log = status_->Find(entry.origin);
  return log != nullptr && entry.index < log->final_size;
}

absl::Status RecordShower::Show(const ShownEntry& entry, bool omit_record,
                                api::RecordRevision& shown) {
  if (!entry.name.empty()) {
    shown.set_name(absl::StrCat(entry.name, "/revisions/", entry.revision));
  }
  shown.set_digest(entry.digest);
  shown.set_slot(entry.slot);
  if (entry.record.has_value() && !omit_record) shown.set_record(*entry.record);
  shown.set_verdict(ShownVerdict(entry.verdict));
  shown.set_verdict_reason(entry.reason);
  shown.set_verdict_sentence(entry.why);
  shown.mutable_entry()->set_origin(entry.origin);
  shown.mutable_entry()->set_index(entry.index);
  shown.mutable_entry()->set_entry(entry.entry);
  shown.set_commit(entry.identity);
  shown.set_permanent(entry.permanent);
  shown.set_record_bytes(entry.size);
  if (!entry.whole_leaf) FillAudience(AudienceOf(entry), *shown.mutable_audience());
  const LogStatus* log = status_->Find(entry.origin);
  const bool final = IsFinal(entry);
  shown.set_finality(final ? api::FINALITY_FINAL : api::FINALITY_PROVISIONAL);
  if (log == nullptr) return absl::OkStatus();
  const std::string& note = final ? log->final_checkpoint : log->checkpoint;
  shown.set_cosigner_count(static_cast<uint32_t>(CosignersOn(note).size()));
  const auto leaf = snapshot_.Leaf(
      {.log = log->number, .branch = log->BranchOf(entry.index), .index = entry.index});
  if (leaf.ok()) ShowManifest(*leaf, shown);
  return ShowAdoption(entry, shown);
}

absl::Status RecordShower::ShowAdoption(const ShownEntry& entry, api::RecordRevision& shown) const {
  if (!MayBeAdopted(entry.verdict, entry.reason) || !entry.record.has_value()) {
    return absl::OkStatus();
  }
  const auto record = ReadRecord(*entry.record);
  const auto text = record.ok() ? ReadTabledText(*record) : std::nullopt;
  const RosterChain& rosters = trust_->rosters();
  const Roster* roster = rosters.Find(shown.roster().version());
  if (!text.has_value() || roster == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto indexed,
                   ViewReader(snapshot_).Endorsements(entry.name, entry.digest));
  std::vector<Endorsement> endorsements;
  for (const ShownEndorsement& by : indexed) {
    if (!Sees(by.entry)) continue;
    const Roster* named = rosters.Find(by.roster);
    endorsements.push_back({by.member,
                            absl::StrCat(by.entry.name, "/revisions/", by.entry.revision),
                            IsFinal(by.entry), named != nullptr && named->IsFull(by.member)});
  }
  const Adoption adoption =
      DecideAdoption({*text, entry.permanent, IsFinal(entry), *roster}, endorsements);
  api::Adoption& said = *shown.mutable_adoption();
  for (const std::string& member : adoption.demanded) said.add_demanded(member);
  for (const Endorsement& endorsement : adoption.endorsed) {
    api::Endorser& endorser = *said.add_endorsed();
    endorser.set_member(endorsement.member);
    endorser.set_endorsement(endorsement.revision);
  }
  said.set_adopted(adoption.adopted);
  said.set_obstacle(adoption.obstacle);
  return absl::OkStatus();
}

void RecordShower::ShowManifest(absl::string_view leaf, api::RecordRevision& shown) {
  const auto read = ReadLeaf(leaf);
  if (!read.ok()) return;
  const ManifestView& manifest = read->manifest;
  for (const absl::string_view signer : manifest.signers) shown.add_signers(std::string(signer));
  shown.mutable_roster()->set_version(manifest.roster.version);
  shown.mutable_roster()->set_digest(std::string(manifest.roster.digest));
  shown.mutable_card()->set_version(manifest.card.version);
  shown.mutable_card()->set_digest(std::string(manifest.card.digest));
  if (!manifest.author_time.has_value()) return;
  shown.mutable_author_time()->set_seconds(manifest.author_time->seconds);
  shown.mutable_author_time()->set_nanos(manifest.author_time->nanos);
}

absl::Status RecordShower::ShowTail(
    uint64_t index, bool omit_records, absl::string_view name_wanted,
    google::protobuf::RepeatedPtrField<api::RecordRevision>& shown) {
  const LogStatus& log = *own_log();
  const BranchLeaf at{.log = log.number, .branch = log.BranchOf(index), .index = index};
  ASSIGN_OR_RETURN(const std::string leaf, snapshot_.Leaf(at));
  const auto read = ReadLeaf(leaf);
  if (!read.ok()) return absl::OkStatus();
  const auto entries = static_cast<uint32_t>(read->slots());
  ASSIGN_OR_RETURN(const std::vector<SlotValue> slots, snapshot_.Slots(at, entries));
  for (uint32_t i = 0; i < entries; ++i) {
    const ManifestEntry& entry = read->manifest.entries[i];
    const Audience audience = Audience::Of(read->manifest, entry.audience, log.member);
    api::Record record;
    const bool readable = slots[i].state == api::SLOT_STATE_PRESENT && sight_.Sees(audience) &&
                          record.ParseFromString(slots[i].bytes);
    if (!readable || (!name_wanted.empty() && record.name() != name_wanted)) continue;
    api::RecordRevision& revision = *shown.Add();
    revision.set_name(absl::StrCat(record.name(), "/revisions/", record.revision()));
    revision.set_digest(std::string(entry.digest));
    revision.set_slot(slots[i].state);
    if (!omit_records) revision.set_record(slots[i].bytes);
    revision.set_verdict(api::VERDICT_COUNTS);
    revision.set_finality(api::FINALITY_PROVISIONAL);
    revision.set_in_tail(true);
    revision.mutable_entry()->set_origin(log.origin);
    revision.mutable_entry()->set_index(index);
    revision.mutable_entry()->set_entry(i);
    revision.set_commit(CommitIdentity(read->payload).bytes());
    revision.set_permanent(entry.permanent);
    revision.set_record_bytes(entry.size);
    FillAudience(audience, *revision.mutable_audience());
    ShowManifest(leaf, revision);
  }
  return absl::OkStatus();
}

}  // namespace plenary::node
