// Files and folders in memory that know what of them has been synced.
//
// Each file and folder keeps how to undo what happened since its last sync; a crash undoes it. A
// file's sync says nothing of its name: a name is durable once its folder is synced.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace plenary::testing {

// What becomes of unsynced changes when the machine stops.
enum class Unsynced {
  kLost,    // power cut: all gone
  kPrefix,  // power cut: of each file and folder, the first few survive, the last of them in part
  kKept,    // the process was killed, the machine runs on
};

// A file or a folder. One thread at a time.
struct DiskNode {
  explicit DiskNode(bool folder) : is_folder(folder) {}

  // Puts the file back to before one change.
  struct Undo {
    size_t old_size = 0;
    size_t offset = 0;
    std::string old_bytes;  // at offset
  };
  // Puts names of the folder back to before one change.
  struct NameUndo {
    std::vector<std::pair<std::string, std::shared_ptr<DiskNode>>> old;  // null: no such name
  };

  // Overwrites or extends; a gap is filled with zeros.
  void Write(size_t offset, absl::string_view bytes);
  void Truncate(size_t size);
  // Sets names (null: removes them) as one change.
  void SetNames(std::vector<std::pair<std::string, std::shared_ptr<DiskNode>>> names);
  // Makes everything so far durable, unless a sync failed before: the operating system has dropped
  // those pages, and later syncs say nothing of them.
  void Sync();
  void FailSync() { sync_failed = true; }

  const bool is_folder;
  std::string data;
  std::map<std::string, std::shared_ptr<DiskNode>> names;
  std::vector<Undo> undo;
  std::vector<NameUndo> name_undo;
  bool sync_failed = false;
};

// A copy of everything below `node`, hard links included.
std::shared_ptr<DiskNode> CopyTree(const DiskNode& node);
// What a stop of the machine leaves below `node`.
void CrashTree(DiskNode& node, Unsynced unsynced, std::mt19937_64& random);
// Bytes of the files below `node`, each once.
uint64_t TreeBytes(const DiskNode& node);

}  // namespace plenary::testing
