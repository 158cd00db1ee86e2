#include "tests/simulation/crash_disk.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "tests/simulation/disk_state.h"

namespace plenary::testing {

using rocksdb::IOStatus;

std::shared_ptr<DiskNode> DiskState::Find(absl::string_view path) const {
  std::shared_ptr<DiskNode> node = root;
  for (const absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (part == ".") continue;
    const auto child = node->names.find(std::string(part));
    if (child == node->names.end()) return nullptr;
    node = child->second;
  }
  return node;
}

std::pair<std::shared_ptr<DiskNode>, std::string> DiskState::Split(absl::string_view path) const {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  const absl::string_view folder =
      slash == absl::string_view::npos ? absl::string_view() : path.substr(0, slash);
  std::shared_ptr<DiskNode> parent = Find(folder);
  if (parent != nullptr && !parent->is_folder) parent = nullptr;
  return {parent, std::string(slash == absl::string_view::npos ? path : path.substr(slash + 1))};
}

IOStatus DiskState::Check(uint64_t opened) const {
  if (off) return IOStatus::IOError("the power is off");
  if (opened != generation) return IOStatus::IOError("opened before a crash");
  return IOStatus::OK();
}

IOStatus DiskState::Change(ChangeKind kind, uint64_t opened,
                           absl::FunctionRef<IOStatus(Outcome)> apply) {
  if (IOStatus checked = Check(opened); !checked.ok()) return checked;
  const bool dies = changes == die_at;
  if (dies && die_when == CrashDisk::When::kBefore) {
    off = true;
    return Check(opened);
  }
  ++changes;
  if (kind == ChangeKind::kWrite && fail_write != kNever && fail_write-- == 0) {
    fail_write = kNever;
    return IOStatus::IOError("write failed");
  }
  const bool fails_sync = kind == ChangeKind::kSync && fail_sync != kNever && fail_sync-- == 0;
  if (fails_sync) fail_sync = kNever;
  IOStatus applied =
      apply(fails_sync && !failed_sync_kept ? Outcome::kFailedSyncLost : Outcome::kApply);
  if (dies) {
    off = true;
    return Check(opened);
  }
  if (fails_sync) return IOStatus::IOError("sync failed");
  return applied;
}

IOStatus DiskState::Write(DiskNode& file, size_t offset, absl::string_view bytes) {
  if (capacity == CrashDisk::kUnlimited) {
    file.Write(offset, bytes);
    return IOStatus::OK();
  }
  const uint64_t used = TreeBytes(*root);
  const uint64_t room = used < capacity ? capacity - used : 0;
  const size_t inside = offset < file.data.size() ? file.data.size() - offset : 0;
  const size_t fits = std::min<uint64_t>(bytes.size(), inside + room);
  if (fits > 0) file.Write(offset, bytes.substr(0, fits));
  return fits == bytes.size() ? IOStatus::OK() : IOStatus::NoSpace("the disk is full");
}

rocksdb::Slice DiskState::Read(const DiskNode& file, const std::string& path, uint64_t offset,
                               size_t n, char* scratch) {
  if (offset >= file.data.size()) return rocksdb::Slice(scratch, 0);
  const size_t count = std::min<size_t>(n, file.data.size() - offset);
  std::copy_n(file.data.data() + offset, count, scratch);
  if (flip_every > 0 && count > 0 && absl::StrContains(path, flip_part) &&
      random() % flip_every == 0) {
    const uint64_t bit = random() % (uint64_t{count} * 8);
    scratch[bit / 8] = static_cast<char>(scratch[bit / 8] ^ (1 << (bit % 8)));
  }
  return rocksdb::Slice(scratch, count);
}

void DiskState::Restart() {
  ++generation;
  locks.clear();
  off = false;
  die_at = fail_write = fail_sync = kNever;
  flip_every = 0;
}

CrashDisk::CrashDisk(uint64_t seed)
    : state_(std::make_shared<DiskState>(seed)),
      env_(rocksdb::NewCompositeEnv(NewCrashFileSystem(state_))) {}
CrashDisk::~CrashDisk() = default;

rocksdb::Env* CrashDisk::env() { return env_.get(); }

void CrashDisk::Crash(Unsynced unsynced) {
  absl::MutexLock lock(&state_->mutex);
  CrashTree(*state_->root, unsynced, state_->random);
  state_->Restart();
}

void CrashDisk::PowerOff() {
  absl::MutexLock lock(&state_->mutex);
  state_->off = true;
}

uint64_t CrashDisk::changes() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->changes;
}

void CrashDisk::DieAt(uint64_t after, When when) {
  absl::MutexLock lock(&state_->mutex);
  state_->die_at = state_->changes + after;
  state_->die_when = when;
}

bool CrashDisk::dead() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->off;
}

void CrashDisk::FailWrite(uint64_t after) {
  absl::MutexLock lock(&state_->mutex);
  state_->fail_write = after;
}

void CrashDisk::FailSync(uint64_t after, bool kept) {
  absl::MutexLock lock(&state_->mutex);
  state_->fail_sync = after;
  state_->failed_sync_kept = kept;
}

void CrashDisk::SetCapacity(uint64_t bytes) {
  absl::MutexLock lock(&state_->mutex);
  state_->capacity = bytes;
}

uint64_t CrashDisk::used_bytes() const {
  absl::MutexLock lock(&state_->mutex);
  return TreeBytes(*state_->root);
}

void CrashDisk::FlipOnRead(absl::string_view part, uint32_t every) {
  absl::MutexLock lock(&state_->mutex);
  state_->flip_part = std::string(part);
  state_->flip_every = every;
}

bool CrashDisk::FlipBit(const std::string& path, uint64_t bit) {
  absl::MutexLock lock(&state_->mutex);
  const std::shared_ptr<DiskNode> file = state_->Find(path);
  if (file == nullptr || bit / 8 >= file->data.size()) return false;
  char& byte = file->data[bit / 8];
  byte = static_cast<char>(byte ^ (1 << (bit % 8)));
  return true;
}

bool CrashDisk::CutTo(const std::string& path, uint64_t bytes) {
  absl::MutexLock lock(&state_->mutex);
  const std::shared_ptr<DiskNode> file = state_->Find(path);
  if (file == nullptr || bytes > file->data.size()) return false;
  file->data.resize(bytes);
  file->undo.clear();
  return true;
}

bool CrashDisk::Remove(const std::string& path) {
  absl::MutexLock lock(&state_->mutex);
  const auto [folder, name] = state_->Split(path);
  if (folder == nullptr || folder->names.erase(name) == 0) return false;
  folder->name_undo.clear();
  return true;
}

std::vector<std::string> CrashDisk::Files(const std::string& folder) const {
  absl::MutexLock lock(&state_->mutex);
  std::vector<std::string> paths;
  const std::shared_ptr<DiskNode> found = state_->Find(folder);
  if (found == nullptr) return paths;
  for (const auto& [name, node] : found->names) {
    if (!node->is_folder) paths.push_back(folder + "/" + name);
  }
  return paths;
}

std::string CrashDisk::Contents(const std::string& path) const {
  absl::MutexLock lock(&state_->mutex);
  const std::shared_ptr<DiskNode> file = state_->Find(path);
  return file == nullptr ? std::string() : file->data;
}

DiskImage CrashDisk::Image(Unsynced unsynced) const {
  absl::MutexLock lock(&state_->mutex);
  const std::shared_ptr<DiskNode> copy = CopyTree(*state_->root);
  CrashTree(*copy, unsynced, state_->random);
  return DiskImage(copy);
}

void CrashDisk::Load(const DiskImage& image) {
  absl::MutexLock lock(&state_->mutex);
  state_->root = image.root_ == nullptr ? std::make_shared<DiskNode>(true) : CopyTree(*image.root_);
  state_->Restart();
}

}  // namespace plenary::testing
