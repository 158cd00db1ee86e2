#include "ledger/checkpoint.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ledger/check.h"
#include "ledger/merkle.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary {
namespace {

absl::Status BadCheckpoint(absl::string_view what) {
  return MakeError(Reason::BAD_CHECKPOINT, absl::StrCat("checkpoint: ", what));
}

// The time of a line that has been verified; 0 for the log's.
uint64_t TimeOf(const std::string& origin, const NoteLine& line) {
  return line.name == origin ? 0 : ReadBigEndian64(line.signature);
}

// The log's line first, then by name, key ID, time.
void Sort(const std::string& origin, std::vector<NoteLine>& lines) {
  const auto key = [&origin](const NoteLine& line) {
    return std::make_tuple(line.name != origin, absl::string_view(line.name), line.key_id,
                           TimeOf(origin, line), absl::string_view(line.signature));
  };
  std::sort(lines.begin(), lines.end(),
            [&key](const NoteLine& a, const NoteLine& b) { return key(a) < key(b); });
}

// Sorted, one line per key, few enough for a note.
void Normalise(const std::string& origin, std::vector<NoteLine>& lines) {
  Sort(origin, lines);
  const auto same_key = [](const NoteLine& a, const NoteLine& b) {
    return a.name == b.name && a.key_id == b.key_id;
  };
  lines.erase(std::unique(lines.begin(), lines.end(), same_key), lines.end());
  if (lines.size() <= kMaxNoteLines) return;
  std::map<std::string, size_t> earliest;
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto [at, is_new] = earliest.emplace(lines[i].name, i);
    if (!is_new && TimeOf(origin, lines[i]) < TimeOf(origin, lines[at->second])) at->second = i;
  }
  std::set<size_t> first;
  for (const auto& [name, i] : earliest) first.insert(i);
  std::vector<NoteLine> kept;
  for (const size_t i : first) kept.push_back(lines[i]);
  for (size_t i = 0; i < lines.size() && kept.size() < kMaxNoteLines; ++i) {
    if (first.count(i) == 0) kept.push_back(lines[i]);
  }
  kept.resize(std::min(kept.size(), kMaxNoteLines));
  Sort(origin, kept);
  lines = std::move(kept);
}

void CountTime(const std::string& member, uint64_t time_seconds, SignedCheckpoint& into) {
  const auto [at, is_new] = into.times.emplace(member, time_seconds);
  if (!is_new) at->second = std::min(at->second, time_seconds);
}

absl::StatusOr<std::vector<NoteKey>> KeysOf(absl::Span<const CosignerKey> cosigners) {
  std::vector<NoteKey> keys;
  keys.reserve(cosigners.size() + 1);
  for (const CosignerKey& cosigner : cosigners) {
    ASSIGN_OR_RETURN(NoteKey key,
                     NoteKey::Make(cosigner.name, NoteKeyType::kCosignature, cosigner.key));
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

absl::StatusOr<CheckpointText> ParseCheckpointText(absl::string_view text) {
  if (text.empty() || text.back() != '\n') return BadCheckpoint("expected a final newline");
  const std::vector<absl::string_view> lines =
      absl::StrSplit(text.substr(0, text.size() - 1), '\n');
  if (lines.size() < 3) {
    return BadCheckpoint(absl::StrCat("expected three lines, got ", lines.size()));
  }
  if (std::any_of(lines.begin(), lines.end(), [](absl::string_view l) { return l.empty(); })) {
    return BadCheckpoint("expected no empty line");
  }
  CheckpointText checkpoint;
  checkpoint.origin = std::string(lines[0]);
  const auto size = ParseDecimal(lines[1]);
  if (!size.ok() || *size >= kMaxTreeSize) {
    return MakeError(Reason::BAD_SIZE, "checkpoint: expected a decimal size below 2^63");
  }
  checkpoint.size = *size;
  const auto root = Base64Decode(lines[2]);
  if (!root.ok() || root->size() != Digest::kBytes) {
    return MakeError(Reason::BAD_ROOT, "checkpoint: expected a root of 32 bytes in base64");
  }
  ASSIGN_OR_RETURN(checkpoint.root, Digest::FromBytes(*root));
  if (checkpoint.size == 0 && checkpoint.root != EmptyRoot()) {
    return MakeError(Reason::BAD_ROOT, "checkpoint: expected the empty root at size 0");
  }
  for (size_t i = 3; i < lines.size(); ++i) checkpoint.extensions.emplace_back(lines[i]);
  return checkpoint;
}

std::string Checkpoint::Text() const {
  return absl::StrCat(origin, "\n", size, "\n", Base64Encode(root.view()), "\n");
}

absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text) {
  ASSIGN_OR_RETURN(CheckpointText parsed, ParseCheckpointText(text));
  if (!parsed.extensions.empty()) return BadCheckpoint("expected no extension line");
  const auto origin = Origin::Parse(parsed.origin);
  if (!origin.ok()) return Annotate(origin.status(), "checkpoint");
  return Checkpoint{std::move(parsed.origin), parsed.size, parsed.root};
}

absl::StatusOr<Checkpoint> ReadUnverifiedCheckpoint(absl::string_view note) {
  ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  return ParseCheckpoint(parsed.text);
}

CheckpointOrder Compare(const Checkpoint& a, const Checkpoint& b) {
  CHECK_EQ(a.origin, b.origin);
  if (a.size != b.size) {
    return b.size < a.size ? CheckpointOrder::kSmaller : CheckpointOrder::kLarger;
  }
  return a.root == b.root ? CheckpointOrder::kSame : CheckpointOrder::kFork;
}

std::string SignCheckpoint(const Checkpoint& checkpoint, const Signer& signer) {
  const std::string text = checkpoint.Text();
  const uint32_t id = KeyId(checkpoint.origin, static_cast<uint8_t>(NoteKeyType::kText),
                            signer.public_key().ed25519());
  return FormatNote(text, {NoteLine{checkpoint.origin, id, signer.Sign(text)}});
}

NoteLine Cosign(absl::string_view text, absl::string_view cosigner_name, uint64_t time_seconds,
                const Signer& signer) {
  CHECK_LE(time_seconds, kMaxCosignatureTime);
  NoteLine line;
  line.name = std::string(cosigner_name);
  line.key_id = KeyId(cosigner_name, static_cast<uint8_t>(NoteKeyType::kCosignature),
                      signer.public_key().ed25519());
  AppendBigEndian64(time_seconds, line.signature);
  absl::StrAppend(&line.signature, signer.Sign(CosignatureMessage(text, time_seconds)));
  return line;
}

absl::StatusOr<SignedCheckpoint> VerifyCheckpoint(absl::string_view note, const PublicKey& log_key,
                                                  absl::Span<const CosignerKey> cosigners,
                                                  Strictness strictness) {
  ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  SignedCheckpoint result;
  ASSIGN_OR_RETURN(result.checkpoint, ParseCheckpoint(parsed.text));
  const std::string& origin = result.checkpoint.origin;
  ASSIGN_OR_RETURN(std::vector<NoteKey> keys, KeysOf(cosigners));
  ASSIGN_OR_RETURN(NoteKey log, NoteKey::Make(origin, NoteKeyType::kText, log_key));
  keys.push_back(std::move(log));
  const auto not_signed = [&origin](absl::string_view what) {
    return MakeError(Reason::NOT_SIGNED_BY_LOG, absl::StrCat("checkpoint of ", origin, ": ", what),
                     {{"origin", origin}});
  };
  const auto verified = VerifyKnownLines(parsed, keys, strictness);
  if (ReasonOf(verified.status()) == Reason::BAD_SIGNATURE) {
    return not_signed("the line by the log's key does not verify");
  }
  if (!verified.ok()) return verified.status();
  bool signed_by_log = false;
  for (const VerifiedLine& line : *verified) {
    result.lines.push_back(parsed.lines[line.line]);
    if (line.key == cosigners.size()) {
      signed_by_log = true;
    } else {
      CountTime(cosigners[line.key].member, line.time_seconds, result);
    }
  }
  if (!signed_by_log) return not_signed("expected a line by the log's key, got none");
  Normalise(origin, result.lines);
  return result;
}

absl::Status AddLine(const NoteLine& line, absl::Span<const CosignerKey> cosigners,
                     SignedCheckpoint& signed_checkpoint) {
  ASSIGN_OR_RETURN(const std::vector<NoteKey> keys, KeysOf(cosigners));
  const Note note{signed_checkpoint.checkpoint.Text(), {line}};
  ASSIGN_OR_RETURN(const std::vector<VerifiedLine> verified, VerifyNote(note, keys));
  CountTime(cosigners[verified[0].key].member, verified[0].time_seconds, signed_checkpoint);
  signed_checkpoint.lines.push_back(line);
  Normalise(signed_checkpoint.checkpoint.origin, signed_checkpoint.lines);
  return absl::OkStatus();
}

void MergeLines(const SignedCheckpoint& other, SignedCheckpoint& signed_checkpoint) {
  CHECK(other.checkpoint == signed_checkpoint.checkpoint);
  signed_checkpoint.lines.insert(signed_checkpoint.lines.end(), other.lines.begin(),
                                 other.lines.end());
  for (const auto& [member, time_seconds] : other.times) {
    CountTime(member, time_seconds, signed_checkpoint);
  }
  Normalise(signed_checkpoint.checkpoint.origin, signed_checkpoint.lines);
}

std::string FormatCheckpoint(const SignedCheckpoint& signed_checkpoint) {
  return FormatNote(signed_checkpoint.checkpoint.Text(), signed_checkpoint.lines);
}

}  // namespace plenary
