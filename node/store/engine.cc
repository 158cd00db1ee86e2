#include "node/store/engine.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "ledger/status.h"

namespace plenary::node {
namespace {

constexpr absl::string_view kLockName = "IN-USE";

std::string ParentOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// There is a folder at the path, made and durable in its parent if allowed.
absl::Status EnsureFolder(rocksdb::Env* disk, const StoreOptions& options) {
  const std::string& path = options.path;
  bool is_folder = false;
  if (disk->IsDirectory(path, &is_folder).ok() && is_folder) return absl::OkStatus();
  const rocksdb::Status exists = disk->FileExists(path);
  if (exists.ok()) {
    return MakeError(Reason::STORE_PATH, absl::StrCat("store ", path, ": expected a folder"),
                     {{"path", path}});
  }
  if (!options.create) {
    return MakeError(Reason::NO_STORE, absl::StrCat("store ", path, ": no such folder"),
                     {{"path", path}});
  }
  const rocksdb::Status made = disk->CreateDir(path);
  if (!made.ok()) {
    return MakeError(Reason::STORE_PATH,
                     absl::StrCat("store ", path, ": cannot make the folder: ", made.ToString()),
                     {{"path", path}});
  }
  return SyncParentOf(disk, path);
}

enum class Content { kNothing, kDatabase };

bool IsDatabaseFile(const std::string& name) {
  return absl::EndsWith(name, ".sst") || absl::EndsWith(name, ".log") ||
         absl::StartsWith(name, "MANIFEST-") || absl::StartsWith(name, "OPTIONS-") ||
         absl::StartsWith(name, "LOG") || name == "LOCK" || name == "IDENTITY" ||
         absl::EndsWith(name, ".dbtmp");
}

// What the folder holds. A database without its CURRENT file is damage, unless the database was
// never finished: then there is nothing in it that anybody was told is safe.
absl::StatusOr<Content> Look(rocksdb::Env* disk, const std::string& path) {
  std::vector<std::string> names;
  const rocksdb::Status listed = disk->GetChildren(path, &names);
  if (!listed.ok()) {
    return MakeError(Reason::STORE_PATH,
                     absl::StrCat("store ", path, ": cannot be listed: ", listed.ToString()),
                     {{"path", path}});
  }
  bool current = false;
  bool data = Mark::Read(disk, path).sequence > 0;
  std::string foreign;
  for (const std::string& name : names) {
    current |= name == "CURRENT";
    data |= absl::EndsWith(name, ".sst") || absl::EndsWith(name, ".log");
    const bool ours = name == "." || name == ".." || name == "lost+found" || name == "CURRENT" ||
                      name == kLockName || name == Mark::kName || IsDatabaseFile(name);
    if (!ours) foreign = name;
  }
  if (current) return Content::kDatabase;
  if (data) {
    return MakeError(
        Reason::STORE_DAMAGED,
        absl::StrCat("store ", path, ": its CURRENT file is missing beside files with data"),
        {{"path", path}, {"file", "CURRENT"}});
  }
  if (!foreign.empty()) {
    return MakeError(Reason::STORE_PATH,
                     absl::StrCat("store ", path, ": expected an empty folder, found ", foreign),
                     {{"path", path}, {"file", foreign}});
  }
  return Content::kNothing;
}

absl::Status NoStore(const std::string& path) {
  return MakeError(Reason::NO_STORE, absl::StrCat("store ", path, ": none is there"),
                   {{"path", path}});
}

absl::Status WrongFormat(const std::string& path, absl::string_view found) {
  return MakeError(
      Reason::STORE_FORMAT,
      absl::StrCat("store ", path, ": expected format ", kStoreFormat, ", got ", found),
      {{"path", path}, {"expected", absl::StrCat(kStoreFormat)}, {"got", std::string(found)}});
}

// Judges the format key of an open database; `made` tells whether there is one.
absl::Status CheckFormat(rocksdb::DB& db, const std::string& path, bool& made) {
  std::string value;
  const rocksdb::Status got =
      db.Get(rocksdb::ReadOptions(), ToSlice(SmallKey(Small::kFormat).view()), &value);
  made = got.ok();
  if (got.IsNotFound()) {
    if (db.GetLatestSequenceNumber() == 0) return absl::OkStatus();
    return WrongFormat(path, "a database that is no store of Plenary");
  }
  if (!got.ok()) return FromRocks(got, absl::StrCat("store ", path, ": format"));
  if (value.size() != 4) return WrongFormat(path, "an unreadable number");
  const uint32_t format = ReadBigEndian32(value);
  if (format > kStoreFormat) {
    return WrongFormat(path, absl::StrCat(format, ", which a newer release wrote"));
  }
  if (format < kStoreFormat) {
    return WrongFormat(path, absl::StrCat(format, ", which an older release wrote"));
  }
  return absl::OkStatus();
}

// Refuses databases of other layouts before anything of them is changed.
absl::Status CheckLayout(const StoreOptions& options, const rocksdb::DBOptions& db_options) {
  std::vector<std::string> found;
  const rocksdb::Status listed = rocksdb::DB::ListColumnFamilies(db_options, options.path, &found);
  if (!listed.ok()) return FromRocks(listed, absl::StrCat("store ", options.path, ": manifest"));
  const std::vector<std::string> ours(kFamilyNames.begin(), kFamilyNames.end());
  std::vector<std::string> sorted_ours = ours;
  std::sort(sorted_ours.begin(), sorted_ours.end());
  std::sort(found.begin(), found.end());
  if (found == sorted_ours) return absl::OkStatus();

  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened =
      rocksdb::DB::OpenForReadOnly(rocksdb::Options(db_options, {}), options.path, &db);
  const std::unique_ptr<rocksdb::DB> owned(db);
  if (!opened.ok()) return FromRocks(opened, absl::StrCat("store ", options.path));
  bool made = false;
  RETURN_IF_ERROR(CheckFormat(*db, options.path, made));
  if (made || !std::includes(sorted_ours.begin(), sorted_ours.end(), found.begin(), found.end())) {
    return MakeError(
        Reason::STORE_DAMAGED,
        absl::StrCat("store ", options.path, ": expected column families ",
                     absl::StrJoin(sorted_ours, " "), ", got ", absl::StrJoin(found, " ")),
        {{"path", options.path}});
  }
  // A store whose making was cut short: it is made again.
  if (!options.create) return NoStore(options.path);
  return absl::OkStatus();
}

absl::Status OpenDatabase(const StoreOptions& options, const rocksdb::DBOptions& db_options,
                          Engine& engine) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilies; ++i) {
    families.emplace_back(kFamilyNames[i],
                          FamilyOptions(static_cast<Family>(i), options, engine.cache));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened =
      rocksdb::DB::Open(db_options, options.path, families, &handles, &db);
  if (!opened.ok()) return FromRocks(opened, absl::StrCat("store ", options.path));
  engine.db.reset(db);
  CHECK_EQ(handles.size(), kFamilies);
  std::copy(handles.begin(), handles.end(), engine.handles.begin());
  return absl::OkStatus();
}

// The newest synced write that we know of must be there.
absl::Status CheckEnd(const Engine& engine) {
  const uint64_t found = engine.db->GetLatestSequenceNumber();
  const uint64_t known = engine.mark->value().sequence;
  if (found >= known) return absl::OkStatus();
  return MakeError(
      Reason::STORE_DAMAGED,
      absl::StrCat("store ", engine.path,
                   ": the end of its write-ahead log is gone: ", "expected write ", known, ", got ",
                   found, "; this copy forgets what it has promised"),
      {{"path", engine.path}, {"expected", absl::StrCat(known)}, {"got", absl::StrCat(found)}});
}

absl::Status FinishMaking(Engine& engine) {
  rocksdb::WriteOptions write;
  write.sync = true;
  const rocksdb::Status written = engine.db->Put(write, ToSlice(SmallKey(Small::kFormat).view()),
                                                 ToSlice(Key().Big32(kStoreFormat).view()));
  if (!written.ok()) return FromRocks(written, absl::StrCat("store ", engine.path, ": format"));
  return engine.SetMark();
}

}  // namespace

absl::Status FromRocks(const rocksdb::Status& error, absl::string_view what) {
  CHECK(!error.ok()) << "no error";
  const bool damaged = error.IsCorruption() || error.IsPathNotFound();
  return MakeError(damaged ? Reason::STORE_DAMAGED : Reason::DISK,
                   absl::StrCat(what, ": ", error.ToString()));
}

absl::Status FromRocks(const rocksdb::Status& error, absl::string_view what, BranchLeaf at) {
  CHECK(!error.ok()) << "no error";
  const bool damaged = error.IsCorruption() || error.IsPathNotFound();
  return MakeError(damaged ? Reason::STORE_DAMAGED : Reason::DISK,
                   absl::StrCat(what, " of log ", at.log, " branch ", at.branch, " index ",
                                at.index, ": ", error.ToString()),
                   {{"log", absl::StrCat(at.log)},
                    {"branch", absl::StrCat(at.branch)},
                    {"index", absl::StrCat(at.index)}});
}

absl::Status SyncParentOf(rocksdb::Env* disk, const std::string& path) {
  const std::string parent = ParentOf(path);
  std::unique_ptr<rocksdb::Directory> directory;
  rocksdb::Status status = disk->NewDirectory(parent, &directory);
  if (status.ok()) status = directory->Fsync();
  if (!status.ok()) return FromRocks(status, absl::StrCat("folder ", parent));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<FolderLock>> FolderLock::Take(rocksdb::Env* disk,
                                                             const std::string& folder) {
  const std::string path = absl::StrCat(folder, "/", kLockName);
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status locked = disk->LockFile(path, &lock);
  if (locked.ok()) return std::unique_ptr<FolderLock>(new FolderLock(disk, lock));
  // The lock's error does not tell a lock that is held from a folder that cannot be written.
  const std::string probe = absl::StrCat(folder, "/probe.dbtmp");
  const rocksdb::Status written = rocksdb::WriteStringToFile(disk, "", probe, false);
  if (written.ok()) {
    // It is empty, and the next opening of the database removes such files.
    disk->DeleteFile(probe).PermitUncheckedError();
    return MakeError(Reason::STORE_LOCKED,
                     absl::StrCat("store ", folder, ": another plenaryd runs on this store"),
                     {{"path", folder}});
  }
  if (written.IsNoSpace()) return FromRocks(written, absl::StrCat("store ", folder));
  return MakeError(Reason::STORE_PATH,
                   absl::StrCat("store ", folder, ": cannot be written: ", locked.ToString()),
                   {{"path", folder}});
}

FolderLock::~FolderLock() { disk_->UnlockFile(lock_).PermitUncheckedError(); }

absl::Status Engine::SetMark() {
  Synced value = mark->value();
  value.sequence = db->GetLatestSequenceNumber();
  if (manifest->TakeGrown()) {
    std::vector<std::string> files;
    uint64_t bytes = 0;
    const rocksdb::Status listed = db->GetLiveFiles(files, &bytes, /*flush_memtable=*/false);
    if (!listed.ok()) return FromRocks(listed, absl::StrCat("store ", path, ": manifest"));
    for (absl::string_view file : files) {
      uint64_t number = 0;
      if (absl::ConsumePrefix(&file, "/MANIFEST-") && absl::SimpleAtoi(file, &number)) {
        value.manifest = number;
        value.manifest_bytes = bytes;
      }
    }
  }
  return mark->Set(value);
}

Engine::~Engine() {
  if (db == nullptr) return;
  if (!failed && opened) {
    // What is lost if these fail can be made again, or is found missing; so failing is no news.
    if (db->SyncWAL().ok() && SetMark().ok()) mark->Sync().IgnoreError();
  }
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (handle != nullptr) db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  db->Close().PermitUncheckedError();
}

absl::StatusOr<std::unique_ptr<Engine>> OpenEngine(const StoreOptions& options) {
  auto engine = std::make_unique<Engine>();
  const rocksdb::DBOptions db_options = DatabaseOptions(options, engine->manifest);
  engine->path = options.path;
  engine->disk = db_options.env;
  engine->cache = rocksdb::NewLRUCache(options.cache_bytes);
  RETURN_IF_ERROR(EnsureFolder(engine->disk, options));
  ASSIGN_OR_RETURN(engine->lock, FolderLock::Take(engine->disk, options.path));
  ASSIGN_OR_RETURN(const Content content, Look(engine->disk, options.path));
  if (content == Content::kNothing && !options.create) return NoStore(options.path);
  ASSIGN_OR_RETURN(engine->mark, Mark::Open(engine->disk, options.path));
  if (content == Content::kDatabase) {
    RETURN_IF_ERROR(CheckManifest(engine->disk, options.path, engine->mark->value()));
    RETURN_IF_ERROR(CheckLayout(options, db_options));
  }
  RETURN_IF_ERROR(OpenDatabase(options, db_options, *engine));
  bool made = false;
  RETURN_IF_ERROR(CheckFormat(*engine->db, options.path, made));
  // Before the next line: a store whose whole log is gone looks as if it was never made.
  RETURN_IF_ERROR(CheckEnd(*engine));
  if (!made && !options.create) return NoStore(options.path);
  RETURN_IF_ERROR(made ? engine->SetMark() : FinishMaking(*engine));
  engine->opened = true;
  return engine;
}

}  // namespace plenary::node
