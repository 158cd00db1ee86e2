#include "tests/support/world.h"

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/envelope.h"
#include "ledger/names.h"

namespace plenary::testing {
namespace {

constexpr absl::string_view kFederation = "sti.brics.example";
constexpr absl::string_view kCodes[] = {"br", "in", "cn", "ru", "za", "eg",
                                        "et", "ir", "ae", "id", "sa"};

std::string CodeOf(size_t i) {
  return i < std::size(kCodes) ? std::string(kCodes[i]) : absl::StrCat("m", i);
}

v1::Key UnprovenKey(const Signer& key) {
  v1::Key listed;
  listed.set_algorithm(static_cast<uint32_t>(key.public_key().algorithm()));
  listed.set_spki(key.public_key().spki());
  listed.set_status(v1::KEY_STATUS_ACTIVE);
  return listed;
}

}  // namespace

World::World(int members, absl::string_view seed) : seed_(seed) {
  v1::Roster roster;
  roster.set_federation(std::string(kFederation));
  roster.set_version(1);
  roster.set_rules(1);
  roster.set_threshold(static_cast<uint32_t>(members / 2 + 1));
  roster.add_author_algorithms(static_cast<uint32_t>(Algorithm::kEd25519));
  roster.add_author_algorithms(static_cast<uint32_t>(Algorithm::kEcdsaP256));
  for (int i = 0; i < members; ++i) {
    codes_.push_back(CodeOf(static_cast<size_t>(i)));
    AddMember(roster, codes_.back());
  }
  auto chain = RosterChain::Begin(SignRoster(roster));
  CHECK_OK(chain);
  rosters_ = *std::move(chain);
  for (const std::string& code : codes_) AdoptCard(FirstCard(code));
}

std::string World::Origin(absl::string_view code, uint64_t epoch) const {
  return plenary::Origin{federation(), std::string(code), epoch}.Text();
}

const Signer& World::Key(absl::string_view label) const {
  auto at = keys_.find(label);
  if (at == keys_.end()) {
    auto signer = Ed25519SignerFromSeed(Sha256({seed_, "/", label}).view());
    CHECK_OK(signer);
    at = keys_.emplace(std::string(label), *std::move(signer)).first;
  }
  return *at->second;
}

const Signer& World::Root(absl::string_view code) const { return Key(absl::StrCat(code, "/root")); }

const Signer& World::Log(absl::string_view code, uint64_t epoch) const {
  return Key(absl::StrCat(code, "/log/", epoch));
}

const Signer& World::Cosigner(absl::string_view code) const {
  return Key(absl::StrCat(code, "/cosigner"));
}

const Signer& World::Author(absl::string_view code) const {
  return Key(absl::StrCat(code, "/author"));
}

v1::Roster World::NextRoster() const {
  v1::Roster next = roster().payload();
  next.set_version(roster().version() + 1);
  next.set_previous(roster().digest().bytes());
  return next;
}

v1::Member& World::AddMember(v1::Roster& roster, absl::string_view code,
                             v1::MemberStatus status) const {
  v1::Member& member = *roster.add_members();
  member.set_code(std::string(code));
  member.set_status(status);
  *member.add_roots() = UnprovenKey(Root(code));
  return member;
}

std::string World::SignRoster(const v1::Roster& roster,
                              absl::Span<const Signer* const> keys) const {
  const std::string payload = roster.SerializeAsString();
  std::vector<std::string> signatures;
  for (const Signer* key : keys)
    signatures.push_back(key->Sign(Pae(PayloadKind::kRoster, payload)));
  return FormatEnvelope(PayloadKind::kRoster, payload, signatures);
}

std::string World::SignRoster(const v1::Roster& roster) const {
  std::map<absl::string_view, const Signer*> by_spki;
  for (const auto& [label, key] : keys_) by_spki[key->public_key().spki()] = key.get();
  std::vector<const Signer*> signers;
  for (const v1::Member& member : roster.members()) {
    for (const v1::Key& key : member.roots()) {
      const auto at = by_spki.find(key.spki());
      CHECK(at != by_spki.end()) << "not a key of this world";
      signers.push_back(at->second);
    }
  }
  return SignRoster(roster, signers);
}

void World::Adopt(const v1::Roster& roster) { CHECK_OK(rosters_->Append(SignRoster(roster))); }

const CardChain& World::cards(absl::string_view code) const {
  const auto at = cards_.find(code);
  CHECK(at != cards_.end()) << "no card of " << std::string(code);
  return at->second;
}

v1::Card World::NextCard(absl::string_view code) const {
  if (cards_.find(code) == cards_.end()) return FirstCard(code);
  v1::Card next = card(code).payload();
  next.set_version(card(code).version() + 1);
  next.set_previous(card(code).digest().bytes());
  return next;
}

v1::Card World::FirstCard(absl::string_view code) const {
  v1::Card card;
  card.set_genesis(genesis().bytes());
  card.set_member(std::string(code));
  card.set_version(1);
  v1::Log& log = *card.add_logs();
  log.set_epoch(1);
  *log.mutable_key() = Enrol(code, KeyRole::kLog, 1, Log(code));
  *card.add_cosigners() = Enrol(code, KeyRole::kCosigner, 0, Cosigner(code));
  v1::Author& author = *card.add_authors();
  *author.mutable_key() = Enrol(code, KeyRole::kAuthor, 0, Author(code));
  author.set_label("desk 1");
  return card;
}

v1::Key World::Enrol(absl::string_view code, KeyRole role, uint64_t epoch,
                     const Signer& key) const {
  v1::Key listed = UnprovenKey(key);
  listed.set_possession(SignPossession(Enrolment{genesis(), code, role, epoch}, key));
  return listed;
}

std::string World::SignCard(const v1::Card& card, const Signer& root) const {
  const std::string payload = card.SerializeAsString();
  return FormatEnvelope(PayloadKind::kCard, payload, {root.Sign(Pae(PayloadKind::kCard, payload))});
}

void World::AdoptCard(const v1::Card& card) {
  const std::string envelope = SignCard(card, Root(card.member()));
  const auto at = cards_.find(card.member());
  if (at != cards_.end()) {
    CHECK_OK(at->second.Append(envelope, *rosters_, roster()));
    return;
  }
  auto chain = CardChain::Begin(envelope, *rosters_, roster());
  CHECK_OK(chain);
  cards_.emplace(card.member(), *std::move(chain));
}

}  // namespace plenary::testing
