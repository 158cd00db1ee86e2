#include "cli/author.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "certs/key_file.h"
#include "ledger/check.h"
#include "ledger/limits.h"
#include "ledger/names.h"
#include "ledger/near_name.h"
#include "ledger/record.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

// The roster that the node holds, verified from the trust folder on.
absl::StatusOr<const Roster*> NodeRoster(Session& session, const v1::VersionRef& named) {
  RosterChain& rosters = session.trust.rosters;
  while (rosters.size() < named.version()) {
    v1::GetRosterRequest request;
    request.set_version(rosters.size() + 1);
    ASSIGN_OR_RETURN(const auto response, session.client->Call(request));
    RETURN_IF_ERROR(Annotate(rosters.Append(response.roster().envelope()),
                             absl::StrCat("roster ", request.version(), " from the node")));
  }
  const Roster* roster = rosters.Find(named.version());
  if (roster != nullptr && roster->digest().view() == named.digest()) return roster;
  return MakeError(Reason::WRONG_ROSTER_DIGEST,
                   absl::StrCat("roster ", named.version(), ": expected digest ",
                                roster == nullptr ? "of a version" : roster->digest().Hex(),
                                " by the trust folder, the node has ", HexEncode(named.digest())));
}

// The same for the card of the session's member.
absl::StatusOr<const Card*> NodeCard(Session& session, const v1::VersionRef& named) {
  const std::string& member = session.profile.member;
  const RosterChain& rosters = session.trust.rosters;
  const auto fetch = [&](uint64_t version) -> absl::StatusOr<std::string> {
    v1::GetCardRequest request;
    request.set_member(member);
    request.set_version(version);
    ASSIGN_OR_RETURN(const auto response, session.client->Call(request));
    return response.card().envelope();
  };
  auto held = session.trust.cards.find(member);
  if (held == session.trust.cards.end()) {
    ASSIGN_OR_RETURN(const std::string first, fetch(1));
    ASSIGN_OR_RETURN(CardChain chain, CardChain::Begin(first, rosters, rosters.newest()));
    held = session.trust.cards.emplace(member, std::move(chain)).first;
  }
  CardChain& cards = held->second;
  while (cards.size() < named.version()) {
    ASSIGN_OR_RETURN(const std::string next, fetch(cards.size() + 1));
    RETURN_IF_ERROR(Annotate(cards.Append(next, rosters, rosters.newest()),
                             absl::StrCat("card of ", member, " from the node")));
  }
  const Card* card = cards.Find(named.version());
  if (card != nullptr && card->digest().view() == named.digest()) return card;
  return MakeError(Reason::WRONG_CARD_DIGEST,
                   absl::StrCat("card ", named.version(), " of ", member, ": expected digest ",
                                card == nullptr ? "of a version" : card->digest().Hex(),
                                " by the trust folder, the node has ", HexEncode(named.digest())));
}

absl::StatusOr<std::unique_ptr<Signer>> LoadAuthorKey(const Session& session,
                                                      const std::string& key_file,
                                                      const Card& card) {
  const std::string& path = key_file.empty() ? session.profile.author_key : key_file;
  if (path.empty()) {
    return MakeError(Reason::BAD_PROFILE,
                     absl::StrCat("profile ", session.profile.file,
                                  ": expected author.key, or --author-key FILE, got none"));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Signer> signer, certs::LoadSigner(path));
  const Digest fingerprint = signer->public_key().Fingerprint();
  const AuthorKey* listed = card.FindAuthor(fingerprint);
  if (listed == nullptr) {
    return MakeError(
        Reason::UNKNOWN_AUTHOR,
        absl::StrCat("author key ", path, ": expected one that card ", card.version(), " of ",
                     card.member(), " lists, got fingerprint ", fingerprint.Hex()),
        {{"key", path}, {"fingerprint", fingerprint.Hex()}});
  }
  if (listed->status != v1::KEY_STATUS_ACTIVE) {
    return MakeError(Reason::AUTHOR_NOT_ACTIVE,
                     absl::StrCat("author key ", path, ": expected an active key by card ",
                                  card.version(), " of ", card.member(), ", got one that is not"),
                     {{"key", path}});
  }
  return signer;
}

}  // namespace

absl::StatusOr<Author> OpenAuthor(Session& session, const std::string& key_file) {
  ASSIGN_OR_RETURN(const auto status, session.client->Call(v1::GetNodeStatusRequest()));
  if (status.member() != session.profile.member) {
    return MakeError(Reason::WRONG_MEMBER,
                     absl::StrCat("node at ", session.client->address(), ": expected that of ",
                                  session.profile.member, ", got that of ", status.member(),
                                  "; a member's records enter at its own node"));
  }
  if (status.origin().empty()) {
    return MakeError(Reason::NO_LOG, absl::StrCat("node at ", session.client->address(),
                                                  ": expected one that writes a log"));
  }
  ASSIGN_OR_RETURN(const Roster* roster, NodeRoster(session, status.roster()));
  ASSIGN_OR_RETURN(const Card* card, NodeCard(session, status.card()));
  Author author;
  author.member = session.profile.member;
  author.origin = status.origin();
  author.roster = {roster->version(), roster->digest()};
  author.card = {card->version(), card->digest()};
  author.limits = roster->limits();
  author.peers = status.peers();
  ASSIGN_OR_RETURN(author.signer, LoadAuthorKey(session, key_file, *card));
  return author;
}

absl::StatusOr<std::optional<NewestRevision>> FindNewest(Client& client, const std::string& name) {
  // Not GetRecord: a restricted record stands, and is in no view.
  v1::ListRecordRevisionsRequest request;
  request.set_name(name);
  std::optional<NewestRevision> newest;
  const auto consider = [&newest](const v1::RecordRevision& shown) {
    const auto revision = RevisionName::Parse(shown.name());
    const bool stands =
        shown.verdict() != v1::VERDICT_DOES_NOT_COUNT || shown.slot() == v1::SLOT_STATE_REDACTED;
    if (!revision.ok() || !stands) return;
    if (newest.has_value() && revision->revision <= newest->revision) return;
    newest = NewestRevision{revision->revision, shown.digest(), shown.record()};
  };
  const auto response = client.Call(request);
  if (!response.ok() && ReasonOf(response.status()) == Reason::NOT_FOUND) return newest;
  if (!response.ok()) return response.status();
  // The first page has the tail and the newest revisions.
  for (const v1::RecordRevision& shown : response->revisions()) consider(shown);
  for (const v1::RecordRevision& shown : response->tail()) consider(shown);
  return newest;
}

void CompleteRecord(const std::optional<NewestRevision>& newest, v1::Record& record) {
  if (record.schema() == 0) record.set_schema(kSchemaLevel);
  if (record.salt().empty()) record.set_salt(NewSalt());
  if (record.revision() == 0) record.set_revision(newest.has_value() ? newest->revision + 1 : 1);
  const bool follows = newest.has_value() && record.revision() == newest->revision + 1;
  if (record.previous().empty() && follows) record.set_previous(newest->digest);
}

std::string NewSalt() {
  std::string salt(kIdBytes, '\0');
  size_t have = 0;
  while (have < salt.size()) {
    const ssize_t got = getrandom(&salt[have], salt.size() - have, 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK(got > 0) << "getrandom: " << std::strerror(errno);
    have += static_cast<size_t>(got);
  }
  return salt;
}

absl::StatusOr<Audience> AudienceOf(const std::string& text, const std::string& owner) {
  if (text.empty() || text == "members") return Audience::Members(owner);
  if (text == "public") return Audience::Everyone(owner);
  const std::vector<std::string> words = absl::StrSplit(text, ',');
  std::vector<absl::string_view> members;
  for (const std::string& word : words) {
    if (!IsMember(word)) {
      return MakeError(Reason::BAD_REQUEST,
                       absl::StrCat("--audience: expected members, public, or codes such as "
                                    "br,in; got ",
                                    ShownValue(text)),
                       {{"field", "--audience"}});
    }
    members.push_back(word);
  }
  return Audience::List(owner, members);
}

absl::Status CheckForEntry(const Author& author, const v1::Record& record) {
  const std::string bytes = record.SerializeAsString();
  const auto view = ParseRecord(bytes);
  if (!view.ok()) return Annotate(view.status(), record.name());
  if (view->parts->member != author.member) {
    return MakeError(
        Reason::WRONG_MEMBER,
        absl::StrCat("record ", record.name(), ": expected one of member ", author.member),
        {{"name", record.name()}});
  }
  const auto check = [&record](const char* what, uint64_t got, uint64_t most) {
    return got <= most ? absl::OkStatus()
                       : MakeError(Reason::OVER_LIMIT,
                                   absl::StrCat("record ", record.name(), ", ", what,
                                                ": expected at most ", most, " bytes, got ", got),
                                   {{"name", record.name()}});
  };
  RETURN_IF_ERROR(check("the whole", bytes.size(), author.limits.record_bytes));
  return check("its longest text", view->longest_text, author.limits.text_bytes);
}

absl::StatusOr<v1::SubmitCommitRequest> SignCommit(const Author& author,
                                                   const std::vector<v1::Record>& records,
                                                   const Audience& audience, bool permanent,
                                                   absl::Time now) {
  CommitDraft draft;
  draft.origin = author.origin;
  draft.roster = author.roster;
  draft.card = author.card;
  draft.author_time = AuthorTime{absl::ToUnixSeconds(now), 0};
  for (const v1::Record& record : records) {
    RETURN_IF_ERROR(CheckForEntry(author, record));
    std::string bytes = record.SerializeAsString();
    ASSIGN_OR_RETURN(const RecordView view, ParseRecord(bytes));
    const bool must = MustBePermanent(view);
    draft.records.push_back({std::move(bytes), audience, permanent || must});
  }
  ASSIGN_OR_RETURN(const MadeCommit made, MakeCommit(draft, {author.signer.get()}));
  v1::SubmitCommitRequest request;
  request.set_envelope(made.leaf);
  for (CommitRecord& record : draft.records) request.add_records(std::move(record.bytes));
  return request;
}

std::string StageInWords(const v1::Receipt& receipt, uint32_t peers) {
  const int held = receipt.cosigners_size();
  const std::string members =
      absl::StrCat("held by ", held, " of ", peers, " other member", peers == 1 ? "" : "s");
  switch (receipt.state()) {
    case v1::RECEIPT_STATE_FINAL:
      return peers == 0 ? "final: signed, held by no other member"
                        : absl::StrCat("final: ", members);
    case v1::RECEIPT_STATE_PROVISIONAL:
      if (peers == 0) return "stored here; the node signs it next, and no other member holds it";
      return absl::StrCat("stored here; ", members, ", ", receipt.quorum(), " needed");
    case v1::RECEIPT_STATE_WAITING:
      return "stored here; the node is recovering and has not given it a place in its log yet";
    case v1::RECEIPT_STATE_SET_ASIDE:
      return "set aside by a recovery; plenary node tail list shows why";
    default:
      return "in a state that this release does not know";
  }
}

}  // namespace plenary::cli
