#include "ledger/note.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ledger/check.h"
#include "ledger/digest.h"
#include "ledger/status.h"
#include "ledger/utf8.h"

namespace plenary {
namespace {

constexpr absl::string_view kDash = "\xE2\x80\x94 ";
constexpr size_t kMaxNameBytes = 255;
constexpr size_t kKeyIdBytes = 4;
constexpr size_t kTimeBytes = 8;
constexpr uint8_t kMlDsa44 = 0x06;

absl::Status BadNote(absl::string_view what) {
  return MakeError(Reason::BAD_NOTE, absl::StrCat("note: ", what));
}

// Unicode's White_Space property.
bool IsSpace(int32_t code_point) {
  constexpr int32_t kSpaces[] = {0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
  return (code_point >= 0x09 && code_point <= 0x0D) ||
         (code_point >= 0x2000 && code_point <= 0x200A) ||
         std::find(std::begin(kSpaces), std::end(kSpaces), code_point) != std::end(kSpaces);
}

bool IsKeyName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  while (!name.empty()) {
    const int32_t code_point = ConsumeCodePoint(name);
    if (code_point < 0x20 || code_point == '+' || IsSpace(code_point)) return false;
  }
  return true;
}

bool IsNoteText(absl::string_view text) {
  while (!text.empty()) {
    const int32_t code_point = ConsumeCodePoint(text);
    if (code_point < 0x20 && code_point != '\n') return false;
  }
  return true;
}

// Takes one line with its newline off the front of `bytes`.
absl::StatusOr<NoteLine> ConsumeNoteLine(absl::string_view& bytes) {
  const size_t end = bytes.find('\n');
  if (end == absl::string_view::npos) return BadNote("the last line does not end");
  absl::string_view text = bytes.substr(0, end);
  bytes.remove_prefix(end + 1);
  if (!absl::ConsumePrefix(&text, kDash)) {
    return BadNote("a signature line begins with an em dash and a space");
  }
  const size_t space = text.find(' ');
  if (space == absl::string_view::npos || !IsKeyName(text.substr(0, space))) {
    return BadNote("a signature line names its key, without spaces or plus");
  }
  const auto blob = Base64Decode(text.substr(space + 1));
  if (!blob.ok() || blob->size() <= kKeyIdBytes) {
    return BadNote("a signature line ends in base64 of a key ID and a signature");
  }
  return NoteLine{std::string(text.substr(0, space)), ReadBigEndian32(*blob),
                  blob->substr(kKeyIdBytes)};
}

absl::Status VerifyLine(const Note& note, const NoteLine& line, const NoteKey& key,
                        Strictness strictness, uint64_t& time_seconds) {
  if (key.type == NoteKeyType::kText) {
    return key.key.Verify(note.text, line.signature, strictness);
  }
  ASSIGN_OR_RETURN(time_seconds, CosignatureTime(line));
  const absl::string_view signature = absl::string_view(line.signature).substr(kTimeBytes);
  const std::string message = CosignatureMessage(note.text, time_seconds);
  if (key.key.Verify(message, signature, strictness).ok()) return absl::OkStatus();
  return MakeError(Reason::BAD_COSIGNATURE, "cosignature: does not verify");
}

}  // namespace

std::string NoteLine::Text() const {
  std::string blob;
  AppendBigEndian32(key_id, blob);
  absl::StrAppend(&blob, signature);
  return absl::StrCat(kDash, name, " ", Base64Encode(blob), "\n");
}

absl::StatusOr<std::vector<NoteLine>> ParseNoteLines(absl::string_view bytes) {
  if (bytes.size() > kMaxNoteBytes) {
    return MakeError(Reason::TOO_LARGE, "note: expected at most 1 MiB");
  }
  std::vector<NoteLine> lines;
  while (!bytes.empty()) {
    if (lines.size() == kMaxNoteLines) {
      return MakeError(Reason::TOO_LARGE, "note: expected at most 100 signature lines");
    }
    ASSIGN_OR_RETURN(NoteLine line, ConsumeNoteLine(bytes));
    lines.push_back(std::move(line));
  }
  if (lines.empty()) return BadNote("expected at least one signature line");
  return lines;
}

absl::StatusOr<Note> ParseNote(absl::string_view bytes) {
  if (bytes.size() > kMaxNoteBytes) {
    return MakeError(Reason::TOO_LARGE, "note: expected at most 1 MiB");
  }
  if (!IsNoteText(bytes)) return BadNote("expected UTF-8 without control characters");
  const size_t split = bytes.rfind("\n\n");
  if (split == absl::string_view::npos) {
    return BadNote("expected an empty line between text and signatures");
  }
  Note note;
  note.text = std::string(bytes.substr(0, split + 1));
  ASSIGN_OR_RETURN(note.lines, ParseNoteLines(bytes.substr(split + 2)));
  return note;
}

std::string FormatNote(absl::string_view text, absl::Span<const NoteLine> lines) {
  CHECK(!text.empty() && text.back() == '\n' && IsNoteText(text));
  CHECK(!lines.empty() && lines.size() <= kMaxNoteLines);
  std::string bytes = absl::StrCat(text, "\n");
  for (const NoteLine& line : lines) {
    CHECK(IsKeyName(line.name) && !line.signature.empty());
    absl::StrAppend(&bytes, line.Text());
  }
  return bytes;
}

uint32_t KeyId(absl::string_view name, uint8_t type, absl::string_view key) {
  const char type_byte = static_cast<char>(type);
  return ReadBigEndian32(Sha256({name, "\n", absl::string_view(&type_byte, 1), key}).view());
}

absl::StatusOr<NoteKey> NoteKey::Make(absl::string_view name, NoteKeyType type, PublicKey key) {
  if (!IsKeyName(name)) {
    return MakeError(Reason::BAD_NAME, "key name: expected 1 to 255 bytes without space or plus");
  }
  const uint32_t id = KeyId(name, static_cast<uint8_t>(type), key.ed25519());
  return NoteKey{std::string(name), type, std::move(key), id};
}

absl::StatusOr<Vkey> ParseVkey(absl::string_view text) {
  const size_t first = text.find('+');
  const size_t second = first == absl::string_view::npos ? first : text.find('+', first + 1);
  if (second == absl::string_view::npos || second - first != 9) {
    return MakeError(Reason::BAD_ENCODING, "verifier key: expected name+8 hex digits+base64");
  }
  Vkey vkey;
  vkey.name = std::string(text.substr(0, first));
  if (!IsKeyName(vkey.name)) {
    return MakeError(Reason::BAD_NAME, "verifier key: the name is empty or has spaces");
  }
  ASSIGN_OR_RETURN(const std::string id, HexDecode(text.substr(first + 1, 8)));
  ASSIGN_OR_RETURN(const std::string typed, Base64Decode(text.substr(second + 1)));
  if (typed.empty()) {
    return MakeError(Reason::BAD_ENCODING, "verifier key: expected a type and a key");
  }
  vkey.key_id = ReadBigEndian32(id);
  vkey.type = static_cast<uint8_t>(typed[0]);
  vkey.key = typed.substr(1);
  const bool ed25519 = vkey.type == static_cast<uint8_t>(NoteKeyType::kText) ||
                       vkey.type == static_cast<uint8_t>(NoteKeyType::kCosignature);
  if (!ed25519 && vkey.type != kMlDsa44) {
    return MakeError(Reason::ALGORITHM_UNKNOWN,
                     absl::StrCat("verifier key: type ", vkey.type, " is not known"));
  }
  const size_t expected = ed25519 ? 32 : 1312;
  if (vkey.key.size() != expected) {
    return MakeError(Reason::BAD_KEY, absl::StrCat("verifier key: expected ", expected,
                                                   " bytes, got ", vkey.key.size()));
  }
  if (vkey.key_id != KeyId(vkey.name, vkey.type, vkey.key)) {
    return MakeError(Reason::BAD_KEY, "verifier key: the key ID is not this key's");
  }
  return vkey;
}

std::string FormatVkey(const Vkey& vkey) {
  std::string id;
  AppendBigEndian32(vkey.key_id, id);
  const std::string typed = absl::StrCat(std::string(1, static_cast<char>(vkey.type)), vkey.key);
  return absl::StrCat(vkey.name, "+", HexEncode(id), "+", Base64Encode(typed));
}

absl::StatusOr<NoteKey> NoteKeyFromVkey(absl::string_view text) {
  ASSIGN_OR_RETURN(const Vkey vkey, ParseVkey(text));
  if (vkey.type == kMlDsa44) {
    return MakeError(Reason::ALGORITHM_UNKNOWN, "verifier key: ML-DSA-44 is not known");
  }
  ASSIGN_OR_RETURN(PublicKey key, PublicKey::FromEd25519(vkey.key));
  return NoteKey::Make(vkey.name, static_cast<NoteKeyType>(vkey.type), std::move(key));
}

std::string CosignatureMessage(absl::string_view text, uint64_t time_seconds) {
  return absl::StrCat("cosignature/v1\ntime ", time_seconds, "\n", text);
}

absl::StatusOr<uint64_t> CosignatureTime(const NoteLine& line) {
  if (line.signature.size() != kTimeBytes + kSignatureBytes) {
    return MakeError(Reason::BAD_COSIGNATURE,
                     absl::StrCat("cosignature: expected 72 bytes, got ", line.signature.size()));
  }
  const uint64_t time_seconds = ReadBigEndian64(line.signature);
  if (time_seconds > kMaxCosignatureTime) {
    return MakeError(Reason::BAD_COSIGNATURE, "cosignature: expected a time below 2^63");
  }
  return time_seconds;
}

bool Matches(const NoteLine& line, const NoteKey& key) {
  return line.key_id == key.key_id && line.name == key.name;
}

absl::StatusOr<std::vector<VerifiedLine>> VerifyKnownLines(const Note& note,
                                                           absl::Span<const NoteKey> keys,
                                                           Strictness strictness) {
  std::vector<VerifiedLine> verified;
  for (size_t i = 0; i < note.lines.size(); ++i) {
    for (size_t k = 0; k < keys.size(); ++k) {
      if (!Matches(note.lines[i], keys[k])) continue;
      VerifiedLine result{i, k, 0};
      const absl::Status status =
          VerifyLine(note, note.lines[i], keys[k], strictness, result.time_seconds);
      if (!status.ok()) return Annotate(status, absl::StrCat("line of ", keys[k].name));
      verified.push_back(result);
      break;
    }
  }
  return verified;
}

absl::StatusOr<std::vector<VerifiedLine>> VerifyNote(const Note& note,
                                                     absl::Span<const NoteKey> keys) {
  ASSIGN_OR_RETURN(std::vector<VerifiedLine> verified, VerifyKnownLines(note, keys));
  if (verified.empty()) {
    return MakeError(Reason::UNKNOWN_KEY, "note: no line is by a key that is known here");
  }
  return verified;
}

}  // namespace plenary
