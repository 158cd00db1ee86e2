// plenary log show: one log, its checkpoints and who holds it; one leaf of it, with its proof.
#include <utility>

#include "absl/strings/str_cat.h"
#include "certs/certificate.h"
#include "cli/audit/auditor.h"
#include "cli/audit/choose_logs.h"
#include "cli/audit/node_source.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "ledger/checkpoint.h"
#include "ledger/commit.h"
#include "ledger/final.h"
#include "ledger/names.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/record.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr char kDetails[] =
    "Shows what a log has come to, and the members that hold it; every signature shown has been\n"
    "verified. With --leaf one commit is shown, with the proof that it is in the log.\n"
    "plenary log audit verifies the whole of it.\n\n"
    "  plenary log show br/1\n"
    "  plenary log show br/1 --leaf 12\n"
    "  plenary log show br/1 --note > br-1.note      the final checkpoint, as it was signed";

absl::StatusOr<v1::LogState> StateOf(Client& client, const std::string& origin) {
  v1::ListLogsRequest request;
  do {
    ASSIGN_OR_RETURN(const auto answer, client.Call(request));
    for (const v1::LogState& log : answer.logs()) {
      if (log.origin() == origin) return log;
    }
    request.set_page_token(answer.next_page_token());
  } while (!request.page_token().empty());
  return MakeError(Reason::NOT_FOUND,
                   absl::StrCat("log ", origin, ": expected one that this node holds"),
                   {{"origin", origin}});
}

// The note, or nothing if there is none.
absl::StatusOr<std::string> NoteOf(Client& client, const std::string& origin,
                                   v1::CheckpointKind kind) {
  v1::GetCheckpointRequest request;
  request.set_origin(origin);
  request.set_kind(kind);
  auto answer = client.Call(request);
  if (ReasonOf(answer.status()) == Reason::NOT_FINAL) return std::string();
  if (!answer.ok()) return answer.status();
  return answer->note();
}

absl::StatusOr<SignedCheckpoint> Verified(const std::string& note, const std::string& origin_text,
                                          TrustBook& trust) {
  ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(origin_text));
  const Card* card = trust.NewestCard(origin.member);
  const LogKey* key = card == nullptr ? nullptr : card->FindEpoch(origin.epoch);
  if (key == nullptr) {
    return MakeError(Reason::NO_LOG_KEY,
                     absl::StrCat("log ", origin_text, ": no card here names its key"));
  }
  ASSIGN_OR_RETURN(SignedCheckpoint verified,
                   VerifyCheckpoint(note, key->key, trust.CosignerKeys()));
  if (verified.checkpoint.origin == origin_text) return verified;
  return MakeError(Reason::WRONG_ORIGIN, absl::StrCat("log ", origin_text, ": the checkpoint is ",
                                                      "of ", verified.checkpoint.origin));
}

Json CheckpointJson(const SignedCheckpoint& verified, const std::string& owner,
                    const Roster& roster) {
  std::set<std::string> members;
  Json cosigned = Json::object();
  for (const auto& [member, time] : verified.times) {
    members.insert(member);
    cosigned[member] = certs::TimeText(absl::FromUnixSeconds(static_cast<int64_t>(time)));
  }
  const PeerCount count = CountPeers(members, owner, roster);
  Json json = {{"size", verified.checkpoint.size},
               {"root", verified.checkpoint.root.Hex()},
               {"held_by", absl::StrCat(count.held, " of ", count.rule.peers, " peers")},
               {"quorum", count.rule.quorum}};
  if (!cosigned.empty()) json["cosigned"] = std::move(cosigned);
  return json;
}

Json SlotJson(const v1::Slot& slot) {
  switch (slot.state()) {
    case v1::SLOT_STATE_PRESENT:
      return "present";
    case v1::SLOT_STATE_WITHHELD:
      return "withheld";
    case v1::SLOT_STATE_REDACTED:
      return "redacted";
    default:
      return "missing";
  }
}

Json EntryJson(const LeafView& view, size_t i, const std::string& owner, const v1::Leaf& leaf) {
  const ManifestEntry& entry = view.manifest.entries[i];
  Json json = {{"digest", HexEncode(entry.digest)},
               {"size", entry.size},
               {"audience", Audience::Of(view.manifest, entry.audience, owner).Text()},
               {"permanent", entry.permanent}};
  if (static_cast<int>(i) >= leaf.slots_size()) return json;
  const v1::Slot& slot = leaf.slots(static_cast<int>(i));
  json["slot"] = SlotJson(slot);
  if (slot.state() != v1::SLOT_STATE_PRESENT) return json;
  json["bytes_match"] = Sha256(slot.record()).view() == entry.digest;
  const auto record = ReadRecord(slot.record());
  if (record.ok()) {
    json["name"] = std::string(record->name);
    json["revision"] = record->revision;
  }
  return json;
}

Json LeafJson(const v1::Leaf& leaf, const std::string& owner) {
  Json json = {{"index", leaf.index()}, {"hash", LeafHash(leaf.envelope()).Hex()}};
  const auto view = ReadLeaf(leaf.envelope());
  if (!view.ok()) {
    json["unreadable"] = std::string(view.status().message());
    return json;
  }
  json["commit"] = CommitIdentity(view->payload).Hex();
  json["roster"] = view->manifest.roster.version;
  json["card"] = view->manifest.card.version;
  if (view->manifest.author_time.has_value()) {
    json["author_time"] =
        certs::TimeText(absl::FromUnixSeconds(view->manifest.author_time->seconds));
  }
  json["signers"] = Json::array();
  for (const absl::string_view signer : view->manifest.signers) {
    json["signers"].push_back(HexEncode(signer));
  }
  json["entries"] = Json::array();
  for (size_t i = 0; i < view->slots(); ++i) {
    json["entries"].push_back(EntryJson(*view, i, owner, leaf));
  }
  return json;
}

// Leaf `index`, proven to be below `checkpoint`, or beyond it.
absl::StatusOr<Json> ShowLeaf(Client& client, const std::string& origin, uint64_t index,
                              const std::optional<SignedCheckpoint>& final) {
  ASSIGN_OR_RETURN(const Origin parts, Origin::Parse(origin));
  v1::ListLeavesRequest request;
  request.set_origin(origin);
  request.set_from(index);
  request.set_page_size(1);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (answer.leaves_size() != 1 || answer.leaves(0).index() != index) {
    return MakeError(Reason::NOT_FOUND,
                     absl::StrCat("leaf ", index, " of log ", origin, ": the node shows none"),
                     {{"origin", origin}});
  }
  const v1::Leaf& leaf = answer.leaves(0);
  Json json = LeafJson(leaf, parts.member);
  if (!final.has_value() || index >= final->checkpoint.size) {
    json["final"] = false;
    return json;
  }
  v1::GetInclusionProofRequest proof_request;
  proof_request.set_origin(origin);
  proof_request.set_index(index);
  proof_request.set_size(final->checkpoint.size);
  ASSIGN_OR_RETURN(const auto proof, client.Call(proof_request));
  std::vector<Digest> hashes;
  json["proof"] = Json::array();
  for (const std::string& hash : proof.hashes()) {
    ASSIGN_OR_RETURN(const Digest digest, Digest::FromBytes(hash));
    hashes.push_back(digest);
    json["proof"].push_back(digest.Hex());
  }
  RETURN_IF_ERROR(VerifyInclusion(index, final->checkpoint.size, LeafHash(leaf.envelope()), hashes,
                                  final->checkpoint.root));
  json["final"] = true;
  return json;
}

absl::StatusOr<int> Show(Session& session, const Invocation& given, Console& console) {
  Client& client = *session.client;
  ASSIGN_OR_RETURN(const std::string origin,
                   OriginFor(given.Get("LOG"), session.profile.federation));
  ASSIGN_OR_RETURN(const v1::LogState state, StateOf(client, origin));
  ASSIGN_OR_RETURN(const std::string note, NoteOf(client, origin, v1::CHECKPOINT_KIND_FINAL));
  ASSIGN_OR_RETURN(const std::string newest, NoteOf(client, origin, v1::CHECKPOINT_KIND_NEWEST));
  NodeSource source(client, session.trust);
  ASSIGN_OR_RETURN(const auto files, source.Trust());
  ASSIGN_OR_RETURN(TrustBook trust, MakeTrustBook(files));
  ASSIGN_OR_RETURN(const Origin parts, Origin::Parse(origin));
  const Roster& roster = trust.rosters().newest();
  Json json = {{"log", origin},
               {"size", state.size()},
               {"signed", state.signed_size()},
               {"final", state.final_size()},
               {"closed", state.closed()},
               {"frozen", state.frozen()},
               {"root", HexEncode(state.root())}};
  std::optional<SignedCheckpoint> final;
  if (!note.empty()) {
    ASSIGN_OR_RETURN(final, Verified(note, origin, trust));
    json["final_checkpoint"] = CheckpointJson(*final, parts.member, roster);
  }
  if (!newest.empty() && newest != note) {
    ASSIGN_OR_RETURN(const SignedCheckpoint verified, Verified(newest, origin, trust));
    json["newest_checkpoint"] = CheckpointJson(verified, parts.member, roster);
  }
  if (given.Has("--note")) {
    if (note.empty()) {
      return MakeError(Reason::NOT_FINAL,
                       absl::StrCat("log ", origin, ": it has no final checkpoint so far"));
    }
    console.out << note;
    return kExitDone;
  }
  if (given.Has("--leaf")) {
    const auto index = ParseDecimal(given.Get("--leaf"));
    if (!index.ok()) return MakeError(Reason::BAD_REQUEST, "--leaf: expected an index from 0");
    ASSIGN_OR_RETURN(json["leaf"], ShowLeaf(client, origin, *index, final));
  }
  if (given.Get("--output") == "json") {
    PrintJsonDocument(json, console.out);
  } else {
    PrintObject(json, 0, console.out);
  }
  return kExitDone;
}

}  // namespace

Command LogShowCommand() {
  return NetworkCommand(
      {.path = "log show",
       .summary = "Show a log, its checkpoints and who holds it",
       .details = kDetails,
       .arguments = {{.name = "LOG", .help = "its origin, or br/1 for short"}},
       .options = {{.name = "--leaf", .value = "INDEX", .help = "show this leaf too, with proof"},
                   {.name = "--note",
                    .value = "",
                    .help = "print the final checkpoint alone, as it was signed"},
                   OutputOption({"table", "json"})}},
      Show);
}

}  // namespace plenary::cli
