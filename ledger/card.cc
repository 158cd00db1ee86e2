#include "ledger/card.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "ledger/card_rules.h"
#include "ledger/envelope.h"
#include "ledger/limits.h"
#include "ledger/scan.h"
#include "ledger/status.h"

namespace plenary {

bool AuthorKey::MayWrite(absl::string_view collection) const {
  return collections.empty() ||
         std::find(collections.begin(), collections.end(), collection) != collections.end();
}

struct Card::Content {
  std::string envelope;
  Digest digest;
  Digest genesis;
  v1::Card payload;
  card_internal::Keys keys;
  absl::flat_hash_map<Digest, size_t> author_by_fingerprint;
};

Card::Card(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

absl::StatusOr<Card> Card::Parse(absl::string_view envelope) { return Parse(envelope, nullptr); }

absl::StatusOr<Card> Card::Parse(absl::string_view envelope, const Card* before) {
  if (envelope.size() > kMaxCardBytes) {
    return MakeError(Reason::TOO_LARGE, absl::StrCat("card: expected at most ", kMaxCardBytes,
                                                     " bytes, got ", envelope.size()));
  }
  ASSIGN_OR_RETURN(const Envelope parts, ParseEnvelope(envelope, PayloadKind::kCard));
  if (parts.signatures.size() != 1) {
    return MakeError(Reason::SIGNATURE_COUNT,
                     absl::StrCat("card: expected one signature, got ", parts.signatures.size()));
  }
  auto content = std::make_shared<Content>();
  ASSIGN_OR_RETURN(content->payload, ScanAndParse<v1::Card>(parts.payload));
  RETURN_IF_ERROR(card_internal::CheckContent(content->payload));
  ASSIGN_OR_RETURN(content->genesis, Digest::FromBytes(content->payload.genesis()));
  ASSIGN_OR_RETURN(content->keys,
                   card_internal::ReadKeys(content->payload, content->genesis, before));
  content->envelope = std::string(envelope);
  content->digest = Sha256(parts.payload);
  for (int i = 0; i < content->payload.authors_size(); ++i) {
    content->author_by_fingerprint[Sha256(content->payload.authors(i).key().spki())] =
        static_cast<size_t>(i);
  }
  return Card(std::move(content));
}

const v1::Card& Card::payload() const { return content_->payload; }
const std::string& Card::member() const { return content_->payload.member(); }
uint64_t Card::version() const { return content_->payload.version(); }
const Digest& Card::genesis() const { return content_->genesis; }
const Digest& Card::digest() const { return content_->digest; }
absl::string_view Card::envelope() const { return content_->envelope; }
absl::Span<const LogKey> Card::logs() const { return content_->keys.logs; }
absl::Span<const ListedCosigner> Card::cosigners() const { return content_->keys.cosigners; }
absl::Span<const AuthorKey> Card::authors() const { return content_->keys.authors; }

const LogKey* Card::FindEpoch(uint64_t epoch) const {
  if (epoch == 0 || epoch > content_->keys.logs.size()) return nullptr;
  return &content_->keys.logs[epoch - 1];
}

const LogKey* Card::OpenLog() const {
  const auto& all = content_->keys.logs;
  return all.empty() || all.back().closed ? nullptr : &all.back();
}

const ListedCosigner* Card::ActiveCosigner() const {
  for (const ListedCosigner& cosigner : content_->keys.cosigners) {
    if (cosigner.status == v1::KEY_STATUS_ACTIVE) return &cosigner;
  }
  return nullptr;
}

const AuthorKey* Card::FindAuthor(const Digest& fingerprint) const {
  const auto at = content_->author_by_fingerprint.find(fingerprint);
  return at == content_->author_by_fingerprint.end() ? nullptr
                                                     : &content_->keys.authors[at->second];
}

}  // namespace plenary
