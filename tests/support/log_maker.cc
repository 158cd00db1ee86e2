#include "tests/support/log_maker.h"

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/envelope.h"
#include "ledger/names.h"

namespace plenary::testing {

v1::Record NewRecord(absl::string_view member, absl::string_view collection, absl::string_view id,
                     uint64_t revision, absl::string_view previous, absl::string_view salt) {
  constexpr size_t kSaltBytes = 16;
  v1::Record record;
  record.set_schema(1);
  record.set_name(absl::StrCat("members/", member, "/", collection, "/", id));
  record.set_revision(revision);
  record.set_previous(std::string(previous));
  record.set_salt(
      Sha256(absl::StrCat(record.name(), " ", revision, " ", salt)).bytes().substr(0, kSaltBytes));
  if (const int body = BodyFieldOf(collection); body != 0) {
    record.GetReflection()->MutableMessage(&record,
                                           record.GetDescriptor()->FindFieldByNumber(body));
  }
  return record;
}

std::string RecordBytes(absl::string_view member, absl::string_view collection,
                        absl::string_view id, uint64_t revision, absl::string_view previous,
                        absl::string_view salt) {
  return NewRecord(member, collection, id, revision, previous, salt).SerializeAsString();
}

std::string RedactionBytes(const World& world, absl::string_view member, absl::string_view id,
                           const std::vector<EntryPlace>& targets, uint64_t revision,
                           absl::string_view previous) {
  v1::Record record = NewRecord(member, "redactions", id, revision, previous);
  record.mutable_redaction()->set_legal_basis("data protection act");
  for (const EntryPlace target : targets) {
    v1::EntryRef& ref = *record.mutable_redaction()->add_entries();
    ref.set_origin(world.Origin(member, target.epoch));
    ref.set_index(target.index);
    ref.set_entry(target.entry);
  }
  return record.SerializeAsString();
}

VersionName NameOf(const Roster& roster) { return {roster.version(), roster.digest()}; }

VersionName NameOf(const Card& card) { return {card.version(), card.digest()}; }

v1::Manifest NewManifest(const World& world, absl::string_view member, uint64_t epoch,
                         const std::vector<RecordToLog>& records) {
  v1::Manifest manifest;
  manifest.set_origin(world.Origin(member, epoch));
  manifest.add_signers(world.Author(member).public_key().Fingerprint().bytes());
  manifest.mutable_roster()->set_version(world.roster().version());
  manifest.mutable_roster()->set_digest(world.roster().digest().bytes());
  manifest.mutable_card()->set_version(world.card(member).version());
  manifest.mutable_card()->set_digest(world.card(member).digest().bytes());
  for (const RecordToLog& record : records) {
    v1::Entry& entry = *manifest.add_entries();
    entry.set_digest(Sha256(record.bytes).bytes());
    entry.set_size(static_cast<uint32_t>(record.bytes.size()));
    entry.set_audience(record.audience);
    entry.set_permanent(record.permanent);
  }
  return manifest;
}

std::string SignManifest(const v1::Manifest& manifest, absl::Span<const Signer* const> keys) {
  const std::string payload = manifest.SerializeAsString();
  std::vector<std::string> signatures;
  for (const Signer* key : keys) signatures.push_back(key->Sign(ManifestMessage(payload)));
  return FormatEnvelope(PayloadKind::kManifest, payload, signatures);
}

LeafToJudge LeafOf(const World& world, const v1::Manifest& manifest,
                   const std::vector<RecordToLog>& records) {
  const auto origin = Origin::Parse(manifest.origin());
  CHECK_OK(origin);
  LeafToJudge leaf{SignManifest(manifest, {&world.Author(origin->member)}), {}};
  for (const RecordToLog& record : records) {
    leaf.records.push_back(record.here ? std::optional<std::string>(record.bytes) : std::nullopt);
  }
  return leaf;
}

LeafToJudge NewLeaf(const World& world, absl::string_view member, uint64_t epoch,
                    const std::vector<RecordToLog>& records) {
  return LeafOf(world, NewManifest(world, member, epoch, records), records);
}

TrustBook TrustOf(const World& world) {
  TrustBook trust(world.rosters());
  for (const v1::Member& member : world.roster().payload().members()) {
    const CardChain& cards = world.cards(member.code());
    for (uint64_t version = 1; version <= cards.size(); ++version) {
      trust.AddCard(*cards.Find(version));
    }
  }
  return trust;
}

}  // namespace plenary::testing
