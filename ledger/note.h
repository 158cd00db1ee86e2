// Signed notes and verifier keys.
//
// Source: C2SP signed-note, tlog-cosignature (Ed25519). Stricter where that leaves freedom: base64
// is canonical, so one note has one spelling; at most 100 lines and 1 MiB; names of at most 255
// bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ledger/signature.h"

namespace plenary {

inline constexpr size_t kMaxNoteLines = 100;
inline constexpr size_t kMaxNoteBytes = size_t{1} << 20;
// Times of cosignatures are POSIX seconds up to this.
inline constexpr uint64_t kMaxCosignatureTime = (uint64_t{1} << 63) - 1;

// What a signature line signs.
enum class NoteKeyType : uint8_t {
  kText = 0x01,         // Ed25519 over the text
  kCosignature = 0x04,  // Ed25519 over a time and the text
};

// One signature line: "— name base64(key ID || signature)\n".
struct NoteLine {
  std::string name;
  uint32_t key_id = 0;
  std::string signature;  // at least one byte; of a cosignature, the 8 bytes of its time included

  // The line with its final newline.
  std::string Text() const;
  friend auto operator<=>(const NoteLine&, const NoteLine&) = default;
};

struct Note {
  std::string text;  // ends in "\n"
  std::vector<NoteLine> lines;
};

// Fails with BAD_NOTE, or TOO_LARGE for more bytes or lines than a note may have.
absl::StatusOr<Note> ParseNote(absl::string_view bytes);
// The bytes that ParseNote reads. CHECKs what ParseNote demands of text and lines.
std::string FormatNote(absl::string_view text, absl::Span<const NoteLine> lines);
// Fails with BAD_NOTE or TOO_LARGE unless `bytes` are 1 to 100 signature lines and nothing else.
absl::StatusOr<std::vector<NoteLine>> ParseNoteLines(absl::string_view bytes);

// SHA-256(name || "\n" || type || key)[0:4].
uint32_t KeyId(absl::string_view name, uint8_t type, absl::string_view key);

// A key that notes are checked with. Immutable.
struct NoteKey {
  std::string name;
  NoteKeyType type = NoteKeyType::kText;
  PublicKey key;
  uint32_t key_id = 0;

  // `key` must be Ed25519 (CHECKed); `name` as in ParseNote (BAD_NAME).
  static absl::StatusOr<NoteKey> Make(absl::string_view name, NoteKeyType type, PublicKey key);
};

// A verifier key as text: name "+" hex(key ID) "+" base64(type || key).
struct Vkey {
  std::string name;
  uint32_t key_id = 0;
  uint8_t type = 0;
  std::string key;  // of the length that the type demands
};

// Parses types 0x01, 0x04 and 0x06 (ML-DSA-44, which nothing here verifies). Fails with
// BAD_ENCODING, BAD_NAME, BAD_KEY (another length, or a key ID that is not the key's) or
// ALGORITHM_UNKNOWN.
absl::StatusOr<Vkey> ParseVkey(absl::string_view text);
std::string FormatVkey(const Vkey& vkey);
// A key to verify with. Fails as ParseVkey, and with ALGORITHM_UNKNOWN for type 0x06, BAD_KEY for a
// weak key.
absl::StatusOr<NoteKey> NoteKeyFromVkey(absl::string_view text);

// What a cosignature signs: "cosignature/v1\ntime <seconds>\n" and the text.
std::string CosignatureMessage(absl::string_view text, uint64_t time_seconds);
// The time of a cosignature; BAD_COSIGNATURE for another length than 8 + 64 bytes or a time from
// 2^63 on. The signature is not checked.
absl::StatusOr<uint64_t> CosignatureTime(const NoteLine& line);

// A line that has been verified.
struct VerifiedLine {
  size_t line = 0;            // position in Note::lines
  size_t key = 0;             // position in the keys given
  uint64_t time_seconds = 0;  // of a cosignature, else 0
};

// Does the line's name and key ID match the key's?
bool Matches(const NoteLine& line, const NoteKey& key);

// Checks every line whose name and key ID are those of one of `keys`; the others are ignored. Fails
// with BAD_SIGNATURE (BAD_COSIGNATURE for a cosignature) if one of them does not verify. Gives the
// lines in the note's order, possibly none. Thread-safe.
absl::StatusOr<std::vector<VerifiedLine>> VerifyKnownLines(
    const Note& note, absl::Span<const NoteKey> keys, Strictness strictness = Strictness::kStrict);

// As VerifyKnownLines, and at least one line must be by one of `keys`, else UNKNOWN_KEY.
absl::StatusOr<std::vector<VerifiedLine>> VerifyNote(const Note& note,
                                                     absl::Span<const NoteKey> keys);

}  // namespace plenary
