#include "cli/founding.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "certs/identity_folder.h"
#include "cli/founding_folder.h"
#include "ledger/check.h"
#include "ledger/envelope.h"
#include "ledger/names.h"
#include "ledger/possession.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

// Of one envelope: version 1 is signed by every root key.
constexpr size_t kMaxSignatures = 256;

FoundedKey MakeKey() {
  certs::Secret pem = certs::GenerateKey(Algorithm::kEd25519);
  auto signer = SignerFromPem(pem.view());
  CHECK_OK(signer);
  return {std::move(pem), *std::move(signer)};
}

absl::Status CheckOptions(const FoundingOptions& options) {
  if (!IsFederation(options.federation)) {
    return MakeError(Reason::BAD_NAME,
                     absl::StrCat("federation: expected two or more lower-case labels joined by "
                                  "dots, got \"",
                                  options.federation, "\""));
  }
  const size_t count = options.members.size() + options.observers.size();
  if (options.members.empty() || count > kMaxSignatures) {
    return MakeError(Reason::BAD_MEMBER_COUNT,
                     absl::StrCat("members: expected 1 full member and more, ", kMaxSignatures,
                                  " members and observers at most, got ", options.members.size(),
                                  " and ", options.observers.size()));
  }
  for (const auto* codes : {&options.members, &options.observers}) {
    for (const std::string& code : *codes) {
      // "offline" names the folder that lies beside the members'.
      if (IsMember(code) && code != kOfflineFolder) continue;
      return MakeError(Reason::BAD_NAME,
                       absl::StrCat("member: expected [a-z][a-z0-9-]{1,30}, but neither public nor "
                                    "offline, got \"",
                                    code, "\""),
                       {{"member", code}});
    }
  }
  const auto listed = [](const std::vector<std::string>& codes, const std::string& code) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  for (const auto& [code, address] : options.endpoints) {
    if (listed(options.members, code) || listed(options.observers, code)) continue;
    return MakeError(Reason::BAD_REQUEST,
                     absl::StrCat("endpoint ", code, "=", address, ": no such member is founded"),
                     {{"member", code}});
  }
  return absl::OkStatus();
}

absl::StatusOr<FoundedMember> MakeMember(const FoundingOptions& options, const std::string& code,
                                         bool full) {
  certs::Secret authority_key("");
  ASSIGN_OR_RETURN(
      certs::Authority authority,
      certs::Authority::Create({{code, options.federation}}, options.now, authority_key));
  const TlsIdentity node{code, options.federation, TlsIdentity::Kind::kNode, options.node_name};
  const TlsIdentity admin{code, options.federation, TlsIdentity::Kind::kOperator,
                          options.operator_name};
  ASSIGN_OR_RETURN(certs::IssuedIdentity node_identity, authority.Issue({node}, options.now));
  ASSIGN_OR_RETURN(certs::IssuedIdentity admin_identity, authority.Issue({admin}, options.now));
  std::optional<std::string> endpoint;
  if (const auto found = options.endpoints.find(code); found != options.endpoints.end()) {
    endpoint = found->second;
  }
  return FoundedMember{code,
                       full,
                       std::move(endpoint),
                       MakeKey(),
                       MakeKey(),
                       MakeKey(),
                       MakeKey(),
                       std::move(authority),
                       std::move(authority_key),
                       std::move(node_identity),
                       std::move(admin_identity),
                       ""};
}

v1::Key ListKey(const Signer& signer) {
  v1::Key key;
  key.set_algorithm(static_cast<uint32_t>(signer.public_key().algorithm()));
  key.set_spki(signer.public_key().spki());
  key.set_status(v1::KEY_STATUS_ACTIVE);
  return key;
}

std::string SignRoster(const FoundingOptions& options, const std::vector<FoundedMember>& members) {
  v1::Roster roster;
  roster.set_federation(options.federation);
  roster.set_version(1);
  roster.set_rules(1);
  roster.set_threshold(options.threshold != 0
                           ? options.threshold
                           : static_cast<uint32_t>(options.members.size() / 2 + 1));
  roster.add_author_algorithms(static_cast<uint32_t>(Algorithm::kEd25519));
  roster.add_author_algorithms(static_cast<uint32_t>(Algorithm::kEcdsaP256));
  for (const FoundedMember& founded : members) {
    v1::Member& member = *roster.add_members();
    member.set_code(founded.code);
    member.set_status(founded.full ? v1::MEMBER_STATUS_FULL : v1::MEMBER_STATUS_OBSERVER);
    *member.add_roots() = ListKey(*founded.root.signer);
  }
  const std::string payload = roster.SerializeAsString();
  const std::string signed_bytes = Pae(PayloadKind::kRoster, payload);
  std::vector<std::string> signatures;
  for (const FoundedMember& founded : members) {
    signatures.push_back(founded.root.signer->Sign(signed_bytes));
  }
  return FormatEnvelope(PayloadKind::kRoster, payload, signatures);
}

std::string SignCard(const FoundingOptions& options, const Digest& genesis,
                     const FoundedMember& founded) {
  v1::Card card;
  card.set_genesis(genesis.bytes());
  card.set_member(founded.code);
  card.set_version(1);
  const auto enrol = [&](const FoundedKey& key, KeyRole role, uint64_t epoch) {
    v1::Key listed = ListKey(*key.signer);
    listed.set_possession(SignPossession({genesis, founded.code, role, epoch}, *key.signer));
    return listed;
  };
  v1::Log& log = *card.add_logs();
  log.set_epoch(1);
  *log.mutable_key() = enrol(founded.log, KeyRole::kLog, 1);
  *card.add_cosigners() = enrol(founded.cosigner, KeyRole::kCosigner, 0);
  v1::Author& author = *card.add_authors();
  *author.mutable_key() = enrol(founded.author, KeyRole::kAuthor, 0);
  author.set_label("author-1");
  card.add_issuers(founded.authority.certificate().der());
  if (founded.endpoint.has_value()) {
    v1::Endpoint& endpoint = *card.add_endpoints();
    endpoint.set_node(options.node_name);
    endpoint.set_address(*founded.endpoint);
  }
  const std::string payload = card.SerializeAsString();
  const std::vector<std::string> signatures = {
      founded.root.signer->Sign(Pae(PayloadKind::kCard, payload))};
  return FormatEnvelope(PayloadKind::kCard, payload, signatures);
}

// Reads everything back as a stranger would.
absl::Status CheckMember(const FoundedMember& founded, const RosterChain& rosters, absl::Time now) {
  const auto card = CardChain::Begin(founded.card, rosters, rosters.newest());
  if (!card.ok()) return Annotate(card.status(), absl::StrCat("card of ", founded.code));
  for (const certs::IssuedIdentity* identity : {&founded.node, &founded.admin}) {
    const auto judged = certs::JudgeOwnIdentity(identity->key, identity->chain,
                                                {founded.authority.certificate()}, now);
    if (!judged.ok()) return judged.status();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Founding> Found(const FoundingOptions& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  std::vector<FoundedMember> members;
  for (const auto* codes : {&options.members, &options.observers}) {
    for (const std::string& code : *codes) {
      ASSIGN_OR_RETURN(FoundedMember member, MakeMember(options, code, codes == &options.members));
      members.push_back(std::move(member));
    }
  }
  ASSIGN_OR_RETURN(RosterChain rosters, RosterChain::Begin(SignRoster(options, members)));
  for (FoundedMember& member : members) {
    member.card = SignCard(options, rosters.genesis(), member);
    RETURN_IF_ERROR(CheckMember(member, rosters, options.now));
  }
  return Founding{std::move(rosters), std::move(members)};
}

}  // namespace plenary::cli
