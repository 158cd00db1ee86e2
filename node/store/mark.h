// The mark: how far synced writes had come, in a file beside the database.
//
// RocksDB notices damage inside its write-ahead log and its manifest, but an end that is gone (a
// log file deleted by hand, cut short, a record's length flipped, a folder copied while it was
// written) looks like a crash before those writes. A node that went on from there would have
// forgotten promises. The mark is overwritten after each synced write without a sync of its own, so
// it costs no fsync: it survives a killed process exactly, and a power cut as the operating system
// last wrote it. It never runs ahead of the log.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace plenary::node {

// What is known to have been on disk; 0 where nothing is known.
struct Synced {
  uint64_t sequence = 0;        // of the newest write
  uint64_t manifest = 0;        // number of the manifest file
  uint64_t manifest_bytes = 0;  // its size, which is the end of a record
  friend bool operator==(const Synced&, const Synced&) = default;
};

// One thread at a time.
class Mark {
 public:
  static constexpr char kName[] = "SYNCED";

  // What the mark of `folder` says; nothing known if there is none or it cannot be read.
  static Synced Read(rocksdb::Env* disk, const std::string& folder);
  // Opens the mark of `folder`, made if there is none or it cannot be read. Fails with DISK.
  static absl::StatusOr<std::unique_ptr<Mark>> Open(rocksdb::Env* disk, const std::string& folder);

  const Synced& value() const { return value_; }
  // Fails with DISK.
  absl::Status Set(const Synced& value);
  // Makes the mark itself durable: at an orderly end. Fails with DISK.
  absl::Status Sync();

 private:
  explicit Mark(std::unique_ptr<rocksdb::RandomRWFile> file) : file_(std::move(file)) {}

  const std::unique_ptr<rocksdb::RandomRWFile> file_;
  Synced value_;
};

// Checks the manifest of `folder` against the mark before RocksDB reads it: the bytes that were
// once synced are there and end where a record ends. (RocksDB then checks each record, but takes
// one whose length reaches beyond the file for the trace of a crash.) Fails with STORE_DAMAGED or
// DISK.
absl::Status CheckManifest(rocksdb::Env* disk, const std::string& folder, const Synced& synced);

}  // namespace plenary::node
