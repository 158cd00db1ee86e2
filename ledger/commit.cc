#include "ledger/commit.h"

#include "absl/strings/str_cat.h"
#include "ledger/envelope.h"
#include "ledger/limits.h"
#include "ledger/status.h"
#include "plenary/v1/manifest.pb.h"

namespace plenary {
namespace {

absl::Status CheckForm(const LeafView& leaf) {
  const size_t signers = leaf.manifest.signers.size();
  if (leaf.signatures.size() != signers) {
    return MakeError(Reason::SIGNATURE_COUNT,
                     absl::StrCat("leaf: expected ", signers,
                                  " signatures, as many as signers, got ", leaf.signatures.size()));
  }
  return absl::OkStatus();
}

void PutVersion(const VersionName& name, v1::VersionRef& ref) {
  ref.set_version(name.version);
  ref.set_digest(name.digest.bytes());
}

void PutEntry(const CommitRecord& record, v1::Manifest& manifest) {
  v1::Entry& entry = *manifest.add_entries();
  entry.set_digest(Sha256(record.bytes).bytes());
  entry.set_size(static_cast<uint32_t>(record.bytes.size()));
  switch (record.audience.kind()) {
    case Audience::Kind::kMembers:
      break;
    case Audience::Kind::kEveryone:
      entry.set_audience(kAudienceEveryone);
      break;
    case Audience::Kind::kList:
      entry.set_audience(kFirstAudienceList);
      break;
  }
  entry.set_permanent(record.permanent);
}

// The sizes are checked here as well: a length beyond 32 bits must not be cut off.
absl::Status CheckDraft(const CommitDraft& draft) {
  for (size_t i = 0; i < draft.records.size(); ++i) {
    if (draft.records[i].bytes.size() > kMaxRecordBytes) {
      return MakeError(Reason::BAD_ENTRIES,
                       absl::StrCat("record ", i, ": expected at most ", kMaxRecordBytes,
                                    " bytes, got ", draft.records[i].bytes.size()));
    }
    if (!(draft.records[i].audience == draft.records[0].audience)) {
      return MakeError(Reason::BAD_AUDIENCE,
                       absl::StrCat("record ", i, ": expected the audience of record 0, ",
                                    draft.records[0].audience.Text(), ", got ",
                                    draft.records[i].audience.Text()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LeafView> ReadLeaf(absl::string_view leaf) {
  if (leaf.size() > kMaxLeafBytes) {
    return MakeError(Reason::TOO_LARGE, absl::StrCat("leaf: expected at most ", kMaxLeafBytes,
                                                     " bytes, got ", leaf.size()));
  }
  ASSIGN_OR_RETURN(Envelope envelope, ParseEnvelope(leaf, PayloadKind::kManifest));
  LeafView view;
  view.bytes = leaf.size();
  ASSIGN_OR_RETURN(view.manifest, ReadManifest(envelope.payload));
  view.payload = envelope.payload;
  view.signatures = std::move(envelope.signatures);
  view.form = CheckManifest(view.manifest);
  view.form.Update(CheckForm(view));
  return view;
}

absl::StatusOr<LeafView> ParseLeaf(absl::string_view leaf) {
  ASSIGN_OR_RETURN(LeafView view, ReadLeaf(leaf));
  RETURN_IF_ERROR(view.form);
  return view;
}

absl::StatusOr<std::string> MakeManifest(const CommitDraft& draft,
                                         absl::Span<const Digest> signers) {
  RETURN_IF_ERROR(CheckDraft(draft));
  v1::Manifest manifest;
  manifest.set_origin(draft.origin);
  for (const Digest& signer : signers) manifest.add_signers(signer.bytes());
  PutVersion(draft.roster, *manifest.mutable_roster());
  PutVersion(draft.card, *manifest.mutable_card());
  if (draft.author_time.has_value()) {
    manifest.mutable_author_time()->set_seconds(draft.author_time->seconds);
    manifest.mutable_author_time()->set_nanos(draft.author_time->nanos);
  }
  if (!draft.records.empty() && draft.records[0].audience.kind() == Audience::Kind::kList) {
    v1::Audience& list = *manifest.add_audiences();
    for (const std::string& member : draft.records[0].audience.members()) list.add_members(member);
  }
  for (const CommitRecord& record : draft.records) PutEntry(record, manifest);
  std::string payload = manifest.SerializeAsString();
  ASSIGN_OR_RETURN(const ManifestView view, ReadManifest(payload));
  RETURN_IF_ERROR(CheckManifest(view));
  return payload;
}

std::string ManifestMessage(absl::string_view payload) {
  return Pae(PayloadKind::kManifest, payload);
}

absl::StatusOr<MadeCommit> AssembleCommit(absl::string_view payload,
                                          absl::Span<const std::string> signatures) {
  constexpr size_t kMaxSignatures = 256;
  if (signatures.empty() || signatures.size() > kMaxSignatures) {
    return MakeError(Reason::SIGNATURE_COUNT, "commit: expected as many signatures as signers");
  }
  MadeCommit commit;
  commit.leaf = FormatEnvelope(PayloadKind::kManifest, payload, signatures);
  RETURN_IF_ERROR(ParseLeaf(commit.leaf).status());
  commit.identity = CommitIdentity(payload);
  return commit;
}

absl::StatusOr<MadeCommit> MakeCommit(const CommitDraft& draft,
                                      absl::Span<const Signer* const> signers) {
  std::vector<Digest> fingerprints;
  fingerprints.reserve(signers.size());
  for (const Signer* signer : signers) fingerprints.push_back(signer->public_key().Fingerprint());
  ASSIGN_OR_RETURN(const std::string payload, MakeManifest(draft, fingerprints));
  const std::string message = ManifestMessage(payload);
  std::vector<std::string> signatures;
  signatures.reserve(signers.size());
  for (const Signer* signer : signers) signatures.push_back(signer->Sign(message));
  return AssembleCommit(payload, signatures);
}

}  // namespace plenary
