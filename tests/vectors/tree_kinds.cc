// Kinds about trees, notes and checkpoints: what C2SP, RFC 6962 and their implementers published.
#include <set>

#include "absl/strings/str_cat.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/status.h"
#include "ledger/tlog_proof.h"
#include "tests/vectors/tile_kinds.h"
#include "tests/vectors/vector_runner.h"

namespace plenary::vectors {
namespace {

using nlohmann::json;

std::string Why(const absl::Status& status) { return status.ok() ? "" : Explain(status); }

Verdict MerkleHash(const json& c, const std::string&) {
  const std::string op = c.at("op");
  Digest got;
  if (op == "empty") {
    got = EmptyRoot();
  } else if (op == "leaf") {
    got = LeafHash(HexDecode(c.at("data").get<std::string>()).value());
  } else {
    const std::string left = HexDecode(c.at("left").get<std::string>()).value();
    const std::string right = HexDecode(c.at("right").get<std::string>()).value();
    const auto left_digest = Digest::FromBytes(left);
    const auto right_digest = Digest::FromBytes(right);
    got = left_digest.ok() && right_digest.ok() ? NodeHash(*left_digest, *right_digest)
                                                : Sha256({"\x01", left, right});
  }
  return ExpectField(c, "want", got.Hex());
}

Verdict MerkleTree(const json& c, const std::string&) {
  Frontier frontier;
  std::map<NodeId, std::string> nodes;
  const auto sink = [&nodes](NodeId id, const Digest& hash) { nodes[id] = hash.Hex(); };
  size_t size = 0;
  for (const json& root : c.at("roots")) {
    if (frontier.Root().Hex() != root) return absl::StrCat("root of size ", size);
    if (size == c.at("leaves").size()) break;
    frontier.Append(LeafHash(HexDecode(c.at("leaves")[size].get<std::string>()).value()), sink);
    ++size;
  }
  uint32_t level = 0;
  for (const json& row : c.at("nodes")) {
    for (uint64_t i = 0; i < row.size(); ++i) {
      if (nodes[NodeId{level, i}] != row[i]) return absl::StrCat("node ", level, "/", i);
    }
    ++level;
  }
  return {};
}

// A hash in base64; empty bytes where it is absent.
absl::StatusOr<Digest> HashOf(const json& value) {
  return Digest::FromBytes(FromBase64(value.is_null() ? "" : value.get<std::string>()));
}

absl::StatusOr<std::vector<Digest>> HashesOf(const json& values) {
  std::vector<Digest> hashes;
  if (values.is_null()) return hashes;
  for (const json& value : values) {
    ASSIGN_OR_RETURN(const Digest hash, HashOf(value));
    hashes.push_back(hash);
  }
  return hashes;
}

absl::Status CheckInclusion(const json& c) {
  ASSIGN_OR_RETURN(const Digest leaf, HashOf(c.at("leafHash")));
  ASSIGN_OR_RETURN(const Digest root, HashOf(c.at("root")));
  ASSIGN_OR_RETURN(const std::vector<Digest> proof, HashesOf(c.at("proof")));
  return VerifyInclusion(c.at("leafIdx"), c.at("treeSize"), leaf, proof, root);
}

absl::Status CheckConsistency(const json& c) {
  ASSIGN_OR_RETURN(const Digest old_root, HashOf(c.at("root1")));
  ASSIGN_OR_RETURN(const Digest root, HashOf(c.at("root2")));
  ASSIGN_OR_RETURN(const std::vector<Digest> proof, HashesOf(c.at("proof")));
  return VerifyConsistency(c.at("size1"), old_root, c.at("size2"), root, proof);
}

// The keys of a list of vkeys; those of types that nothing here verifies are left out.
absl::StatusOr<std::vector<NoteKey>> KeysOf(const json& vkeys) {
  std::vector<NoteKey> keys;
  for (const json& vkey : vkeys) {
    auto key = NoteKeyFromVkey(vkey.get<std::string>());
    if (ReasonOf(key.status()) == Reason::ALGORITHM_UNKNOWN) continue;
    if (!key.ok()) return key.status();
    keys.push_back(*std::move(key));
  }
  return keys;
}

struct OpenNote {
  Note note;
  std::vector<NoteKey> keys;
  std::vector<VerifiedLine> lines;
};

absl::StatusOr<OpenNote> Open(const std::string& bytes, const json& vkeys) {
  OpenNote open;
  ASSIGN_OR_RETURN(open.keys, KeysOf(vkeys));
  ASSIGN_OR_RETURN(open.note, ParseNote(bytes));
  ASSIGN_OR_RETURN(open.lines, VerifyNote(open.note, open.keys));
  return open;
}

Verdict SignedNote(const json& c, const std::string&) {
  const auto open = Open(Bytes(c, "note_b64"), c.at("vkeys"));
  if (Verdict v = Expect(c, open.ok(), Why(open.status())); !v.empty() || !open.ok()) return v;
  std::set<std::string> names;
  for (const VerifiedLine& line : open->lines) names.insert(open->keys[line.key].name);
  if (c.contains("verified") && c["verified"].get<std::set<std::string>>() != names) {
    return "other lines verified than expected";
  }
  if (c.contains("text_b64") && Bytes(c, "text_b64") != open->note.text) return "another text";
  return {};
}

Verdict NoteParse(const json& c, const std::string&) {
  const auto note = ParseNote(Bytes(c, "note_b64"));
  if (!note.ok()) return c.value("expect", "accept") == "reject" ? "" : Why(note.status());
  if (note->text != Bytes(c, "text_b64")) return "another text";
  json lines = json::array();
  for (const NoteLine& line : note->lines) {
    std::string id;
    AppendBigEndian32(line.key_id, id);
    lines.push_back(
        {{"name", line.name}, {"key_id", HexEncode(id)}, {"length", line.signature.size()}});
  }
  return ExpectField(c, "signatures", lines);
}

Verdict VkeyText(const json& c, const std::string&) {
  const std::string text = c.at("vkey");
  const auto vkey = ParseVkey(text);
  if (Verdict v = Expect(c, vkey.ok(), Why(vkey.status())); !v.empty() || !vkey.ok()) return v;
  if (FormatVkey(*vkey) != text) return "does not format to the same text";
  std::string id;
  AppendBigEndian32(vkey->key_id, id);
  if (Verdict v = ExpectField(c, "name", vkey->name); !v.empty()) return v;
  if (Verdict v = ExpectField(c, "key_id", HexEncode(id)); !v.empty()) return v;
  if (Verdict v = ExpectField(c, "type", static_cast<int>(vkey->type)); !v.empty()) return v;
  return ExpectField(c, "public_key_hex", HexEncode(vkey->key));
}

Verdict CheckpointTextKind(const json& c, const std::string&) {
  const auto text = ParseCheckpointText(Bytes(c, "text_b64"));
  if (Verdict v = Expect(c, text.ok(), Why(text.status())); !v.empty() || !text.ok()) return v;
  if (Verdict v = ExpectField(c, "origin", text->origin); !v.empty()) return v;
  if (Verdict v = ExpectField(c, "size", text->size); !v.empty()) return v;
  if (Verdict v = ExpectField(c, "extensions", text->extensions); !v.empty()) return v;
  return ExpectField(c, "hash", Base64Encode(text->root.view()));
}

struct OpenCheckpoint {
  CheckpointText text;
  std::map<std::string, uint64_t> cosigned;
  bool signed_by_log = false;
};

absl::StatusOr<OpenCheckpoint> OpenC2sp(const std::string& bytes, const json& c) {
  json vkeys = c.at("log_vkeys");
  vkeys.insert(vkeys.end(), c.at("witness_vkeys").begin(), c.at("witness_vkeys").end());
  ASSIGN_OR_RETURN(const OpenNote open, Open(bytes, vkeys));
  OpenCheckpoint result;
  ASSIGN_OR_RETURN(result.text, ParseCheckpointText(open.note.text));
  for (const VerifiedLine& line : open.lines) {
    const NoteKey& key = open.keys[line.key];
    if (key.type == NoteKeyType::kText) {
      result.signed_by_log = true;
      continue;
    }
    const auto [at, is_new] = result.cosigned.emplace(key.name, line.time_seconds);
    if (!is_new) at->second = std::min(at->second, line.time_seconds);
  }
  return result;
}

Verdict SignedCheckpointKind(const json& c, const std::string&) {
  const auto open = OpenC2sp(c.at("checkpoint"), c);
  if (Verdict v = Expect(c, open.ok(), Why(open.status())); !v.empty() || !open.ok()) return v;
  if (Verdict v = ExpectField(c, "origin", open->text.origin); !v.empty()) return v;
  if (Verdict v = ExpectField(c, "size", open->text.size); !v.empty()) return v;
  return ExpectField(c, "cosigned", open->cosigned);
}

Verdict CosignatureTimestamp(const json& c, const std::string&) {
  const auto blob = Base64Decode(c.at("sig_b64").get<std::string>());
  if (!blob.ok() || blob->size() < 4) return Expect(c, false, "not base64 of a key ID");
  const auto time = CosignatureTime(NoteLine{"", ReadBigEndian32(*blob), blob->substr(4)});
  if (Verdict v = Expect(c, time.ok(), Why(time.status())); !v.empty() || !time.ok()) return v;
  return ExpectField(c, "timestamp", *time);
}

absl::Status CheckTlogProof(const json& c) {
  ASSIGN_OR_RETURN(const TlogProof proof, ParseTlogProof(c.at("proof").get<std::string>()));
  ASSIGN_OR_RETURN(const OpenCheckpoint open, OpenC2sp(proof.checkpoint, c));
  if (!open.signed_by_log) return MakeError(Reason::NOT_SIGNED_BY_LOG, "no line by the log");
  if (open.cosigned.size() < c.at("quorum").get<size_t>()) {
    return MakeError(Reason::NOT_FINAL, "too few witnesses");
  }
  return VerifyInclusion(proof.index, open.text.size, LeafHash(Bytes(c, "leaf_b64")), proof.hashes,
                         open.text.root);
}

absl::StatusOr<SignedCheckpoint> OpenPlenary(const json& c) {
  std::vector<CosignerKey> cosigners;
  for (const json& cosigner : c.at("cosigners")) {
    ASSIGN_OR_RETURN(PublicKey key, PublicKey::FromSpki(1, Bytes(cosigner, "spki_hex")));
    cosigners.push_back({cosigner.at("member"), cosigner.at("name"), std::move(key)});
  }
  ASSIGN_OR_RETURN(const PublicKey log, PublicKey::FromSpki(1, Bytes(c, "log_spki_hex")));
  return VerifyCheckpoint(Bytes(c, "note_b64"), log, cosigners);
}

Verdict PlenaryCheckpoint(const json& c, const std::string&) {
  const auto open = OpenPlenary(c);
  if (Verdict v = Expect(c, open.ok(), Why(open.status())); !v.empty() || !open.ok()) return v;
  if (Verdict v = ExpectField(c, "origin", open->checkpoint.origin); !v.empty()) return v;
  if (Verdict v = ExpectField(c, "size", open->checkpoint.size); !v.empty()) return v;
  if (Verdict v = ExpectField(c, "root_hex", open->checkpoint.root.Hex()); !v.empty()) return v;
  return ExpectField(c, "times", open->times);
}

// A kind whose cases only say whether something is accepted.
CaseFunction Judge(absl::Status (*check)(const json&)) {
  return [check](const json& c, const std::string&) {
    const absl::Status status = check(c);
    return Expect(c, status.ok(), Why(status));
  };
}

}  // namespace

void AddTreeKinds(KindTable& table) {
  table["merkle-hash"] = MerkleHash;
  table["merkle-tree"] = MerkleTree;
  table["merkle-inclusion"] = Judge(CheckInclusion);
  table["merkle-consistency"] = Judge(CheckConsistency);
  table["note"] = SignedNote;
  table["note-parse"] = NoteParse;
  table["vkey"] = VkeyText;
  table["checkpoint-text"] = CheckpointTextKind;
  table["checkpoint"] = SignedCheckpointKind;
  table["cosignature-timestamp"] = CosignatureTimestamp;
  table["tlog-proof"] = Judge(CheckTlogProof);
  table["plenary-checkpoints"] = PlenaryCheckpoint;
  AddTileKinds(table);
}

}  // namespace plenary::vectors
