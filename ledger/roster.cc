#include "ledger/roster.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/envelope.h"
#include "ledger/limits.h"
#include "ledger/roster_rules.h"
#include "ledger/scan.h"
#include "ledger/status.h"

namespace plenary {
namespace {

uint64_t LoweredBy(uint64_t asked, uint64_t highest) { return asked == 0 ? highest : asked; }

EffectiveLimits LimitsOf(const v1::Limits& limits) {
  return EffectiveLimits{
      .leaves_per_day = limits.leaves_per_day(),
      .bytes_per_day = limits.bytes_per_day(),
      .record_bytes = LoweredBy(limits.record_bytes(), kMaxRecordBytes),
      .entries = LoweredBy(limits.entries(), kMaxEntries),
      .commit_bytes = LoweredBy(limits.commit_bytes(), kMaxCommitBytes),
      .leaf_bytes = LoweredBy(limits.leaf_bytes(), kMaxLeafBytes),
      .text_bytes = LoweredBy(limits.text_bytes(), kMaxTextBytes),
      .attachment_bytes = LoweredBy(limits.attachment_bytes(), kMaxAttachmentBytes),
  };
}

}  // namespace

QuorumRule QuorumOf(int peers, uint32_t asked) {
  CHECK_GE(peers, 0);
  const int faulty = peers == 0 ? 0 : (peers - 1) / 3;
  const int formula = peers == 0 ? 0 : (peers + faulty) / 2 + 1;
  constexpr uint32_t kMost = std::numeric_limits<int>::max();
  return QuorumRule{peers, faulty, std::max(formula, static_cast<int>(std::min(asked, kMost)))};
}

v1::MemberStatus CarefulStatus(v1::MemberStatus status) {
  switch (status) {
    case v1::MEMBER_STATUS_FULL:
    case v1::MEMBER_STATUS_OBSERVER:
    case v1::MEMBER_STATUS_SUSPENDED:
      return status;
    default:
      return v1::MEMBER_STATUS_WITHDRAWN;
  }
}

v1::KeyStatus CarefulStatus(v1::KeyStatus status) {
  switch (status) {
    case v1::KEY_STATUS_ACTIVE:
    case v1::KEY_STATUS_RETIRED:
      return status;
    default:
      return v1::KEY_STATUS_COMPROMISED;
  }
}

struct Roster::Content {
  // Where a member stands in the payload, and its root keys in `root_keys`: [begin, end).
  struct Place {
    int member = 0;
    size_t begin = 0;
    size_t end = 0;
  };
  std::string envelope;
  Digest digest;
  v1::Roster payload;
  std::vector<RootKey> root_keys;
  // The keys of both maps lie in `payload`.
  absl::flat_hash_map<absl::string_view, Place> members;
  absl::flat_hash_map<absl::string_view, size_t> key_by_spki;
  std::vector<std::string> full_members;
  EffectiveLimits limits;
  bool algorithms_known = true;

  void Index();
};

void Roster::Content::Index() {
  size_t next = 0;
  for (int i = 0; i < payload.members_size(); ++i) {
    const v1::Member& member = payload.members(i);
    const size_t begin = next;
    for (const v1::Key& key : member.roots()) key_by_spki[key.spki()] = next++;
    members[member.code()] = Place{i, begin, next};
    if (CarefulStatus(member.status()) == v1::MEMBER_STATUS_FULL) {
      full_members.push_back(member.code());
    }
  }
  std::sort(full_members.begin(), full_members.end());
  limits = LimitsOf(payload.limits());
  algorithms_known = std::all_of(payload.author_algorithms().begin(),
                                 payload.author_algorithms().end(), IsKnownAlgorithm);
}

Roster::Roster(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

absl::StatusOr<Roster> Roster::Parse(absl::string_view envelope) {
  return Parse(envelope, nullptr);
}

absl::StatusOr<Roster> Roster::Parse(absl::string_view envelope, const Roster* before) {
  if (envelope.size() > kMaxRosterBytes) {
    return MakeError(Reason::TOO_LARGE, absl::StrCat("roster: expected at most ", kMaxRosterBytes,
                                                     " bytes, got ", envelope.size()));
  }
  ASSIGN_OR_RETURN(const Envelope parts, ParseEnvelope(envelope, PayloadKind::kRoster));
  auto content = std::make_shared<Content>();
  ASSIGN_OR_RETURN(content->payload, ScanAndParse<v1::Roster>(parts.payload));
  RETURN_IF_ERROR(roster_internal::CheckContent(content->payload));
  ASSIGN_OR_RETURN(content->root_keys, roster_internal::ReadRootKeys(content->payload, before,
                                                                     parts.signatures.size()));
  content->envelope = std::string(envelope);
  content->digest = Sha256(parts.payload);
  content->Index();
  return Roster(std::move(content));
}

const v1::Roster& Roster::payload() const { return content_->payload; }
uint64_t Roster::version() const { return content_->payload.version(); }
const std::string& Roster::federation() const { return content_->payload.federation(); }
const Digest& Roster::digest() const { return content_->digest; }
absl::string_view Roster::envelope() const { return content_->envelope; }
const std::vector<std::string>& Roster::FullMembers() const { return content_->full_members; }
const EffectiveLimits& Roster::limits() const { return content_->limits; }
bool Roster::RulesKnown() const { return content_->payload.rules() <= kRulesLevel; }
bool Roster::AlgorithmsKnown() const { return content_->algorithms_known; }

const v1::Member* Roster::Find(absl::string_view code) const {
  const auto at = content_->members.find(code);
  return at == content_->members.end() ? nullptr : &content_->payload.members(at->second.member);
}

v1::MemberStatus Roster::StatusOf(absl::string_view code) const {
  const v1::Member* member = Find(code);
  return member == nullptr ? v1::MEMBER_STATUS_UNSPECIFIED : CarefulStatus(member->status());
}

std::vector<std::string> Roster::PeersOf(absl::string_view owner) const {
  std::vector<std::string> peers;
  for (const std::string& member : content_->full_members) {
    if (member != owner) peers.push_back(member);
  }
  return peers;
}

QuorumRule Roster::QuorumFor(absl::string_view owner) const {
  const int full = static_cast<int>(content_->full_members.size());
  return QuorumOf(IsFull(owner) ? full - 1 : full, content_->payload.quorum());
}

std::vector<std::string> Roster::MustEndorse(absl::string_view type) const {
  for (const v1::Consent& consent : content_->payload.consents()) {
    if (consent.type() != type) continue;
    std::vector<std::string> members(consent.members().begin(), consent.members().end());
    std::sort(members.begin(), members.end());
    return members;
  }
  return content_->full_members;
}

absl::Span<const RootKey> Roster::root_keys() const { return content_->root_keys; }

absl::Span<const RootKey> Roster::RootKeysOf(absl::string_view code) const {
  const auto at = content_->members.find(code);
  if (at == content_->members.end()) return {};
  return root_keys().subspan(at->second.begin, at->second.end - at->second.begin);
}

const RootKey* Roster::FindRootKey(absl::string_view spki) const {
  const auto at = content_->key_by_spki.find(spki);
  return at == content_->key_by_spki.end() ? nullptr : &content_->root_keys[at->second];
}

bool Roster::AllowsAuthorAlgorithm(uint32_t algorithm) const {
  const auto& allowed = content_->payload.author_algorithms();
  return std::find(allowed.begin(), allowed.end(), algorithm) != allowed.end();
}

}  // namespace plenary
