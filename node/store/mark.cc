#include "node/store/mark.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "ledger/digest.h"
#include "ledger/status.h"
#include "node/store/engine.h"

namespace plenary::node {
namespace {

constexpr absl::string_view kMagic = "plenary1";
constexpr size_t kCheckBytes = 8;
constexpr size_t kMarkBytes = 8 + 3 * 8 + kCheckBytes;

std::string PathIn(const std::string& folder) { return absl::StrCat(folder, "/", Mark::kName); }

// Magic, three numbers, and the start of the digest of all that: what a half-written, damaged or
// foreign file does not have.
std::string Format(const Synced& value) {
  std::string bytes(kMagic);
  AppendBigEndian64(value.sequence, bytes);
  AppendBigEndian64(value.manifest, bytes);
  AppendBigEndian64(value.manifest_bytes, bytes);
  absl::StrAppend(&bytes, Sha256(bytes).view().substr(0, kCheckBytes));
  return bytes;
}

Synced Parse(absl::string_view bytes) {
  if (bytes.size() != kMarkBytes) return {};
  const Synced value = {ReadBigEndian64(bytes.substr(8)), ReadBigEndian64(bytes.substr(16)),
                        ReadBigEndian64(bytes.substr(24))};
  return Format(value) == bytes ? value : Synced{};
}

// The framing of RocksDB's logs and manifests: blocks of 32 KiB, records of a header of seven bytes
// (checksum, length, type) and a payload, none across a block's end, the rest of a block unused.
constexpr uint64_t kBlockBytes = 32 << 10;
constexpr uint64_t kHeaderBytes = 7;

// True if a record ends at `end`.
bool RecordEndsAt(absl::string_view bytes, uint64_t end) {
  uint64_t at = 0;
  while (at < end) {
    const uint64_t left = kBlockBytes - at % kBlockBytes;
    if (left < kHeaderBytes) {
      at += left;
      continue;
    }
    if (end - at < kHeaderBytes) return false;
    const uint64_t length =
        static_cast<uint8_t>(bytes[at + 4]) + uint64_t{256} * static_cast<uint8_t>(bytes[at + 5]);
    if (kHeaderBytes + length > left) return false;
    at += kHeaderBytes + length;
  }
  return at == end;
}

absl::Status BadManifest(const std::string& folder, absl::string_view expected,
                         absl::string_view got) {
  return MakeError(Reason::STORE_DAMAGED,
                   absl::StrCat("store ", folder, ": manifest: expected ", expected, ", got ", got,
                                "; this copy forgets what it has promised"),
                   {{"path", folder}, {"file", "MANIFEST"}});
}

}  // namespace

Synced Mark::Read(rocksdb::Env* disk, const std::string& folder) {
  std::string bytes;
  if (!rocksdb::ReadFileToString(disk, PathIn(folder), &bytes).ok()) return {};
  return Parse(bytes);
}

absl::StatusOr<std::unique_ptr<Mark>> Mark::Open(rocksdb::Env* disk, const std::string& folder) {
  const std::string path = PathIn(folder);
  const Synced value = Read(disk, folder);
  if (value == Synced{}) {
    const rocksdb::Status made =
        rocksdb::WriteStringToFile(disk, Format({}), path, /*should_sync=*/true);
    if (!made.ok()) return FromRocks(made, path);
    RETURN_IF_ERROR(SyncParentOf(disk, path));
  }
  std::unique_ptr<rocksdb::RandomRWFile> file;
  const rocksdb::Status opened = disk->NewRandomRWFile(path, &file, rocksdb::EnvOptions());
  if (!opened.ok()) return FromRocks(opened, path);
  std::unique_ptr<Mark> mark(new Mark(std::move(file)));
  mark->value_ = value;
  return mark;
}

absl::Status Mark::Set(const Synced& value) {
  const rocksdb::Status written = file_->Write(0, Format(value));
  if (!written.ok()) return FromRocks(written, "mark of synced writes");
  value_ = value;
  return absl::OkStatus();
}

absl::Status Mark::Sync() {
  const rocksdb::Status synced = file_->Sync();
  if (!synced.ok()) return FromRocks(synced, "mark of synced writes");
  return absl::OkStatus();
}

absl::Status CheckManifest(rocksdb::Env* disk, const std::string& folder, const Synced& synced) {
  std::string current;
  rocksdb::Status read = rocksdb::ReadFileToString(disk, folder + "/CURRENT", &current);
  if (!read.ok()) return FromRocks(read, absl::StrCat("store ", folder, ": CURRENT"));
  absl::string_view digits = current;
  uint64_t number = 0;
  if (!absl::ConsumePrefix(&digits, "MANIFEST-") || !absl::ConsumeSuffix(&digits, "\n") ||
      !absl::SimpleAtoi(digits, &number)) {
    return MakeError(Reason::STORE_DAMAGED,
                     absl::StrCat("store ", folder, ": CURRENT names no manifest"),
                     {{"path", folder}, {"file", "CURRENT"}});
  }
  if (number < synced.manifest) {
    return BadManifest(folder, absl::StrCat("number ", synced.manifest), absl::StrCat(number));
  }
  if (number > synced.manifest) return absl::OkStatus();
  std::string bytes;
  read = rocksdb::ReadFileToString(
      disk, absl::StrCat(folder, "/", absl::StripTrailingAsciiWhitespace(current)), &bytes);
  if (!read.ok()) return FromRocks(read, absl::StrCat("store ", folder, ": manifest"));
  if (bytes.size() < synced.manifest_bytes) {
    return BadManifest(folder, absl::StrCat(synced.manifest_bytes, " bytes"),
                       absl::StrCat(bytes.size()));
  }
  if (!RecordEndsAt(bytes, synced.manifest_bytes)) {
    return BadManifest(folder, absl::StrCat("a record's end at byte ", synced.manifest_bytes),
                       "a record across it");
  }
  return absl::OkStatus();
}

}  // namespace plenary::node
