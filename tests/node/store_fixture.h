// A store on the disk that forgets, and short words for what tests put there and ask.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ledger/digest.h"
#include "node/store/store.h"
#include "tests/simulation/crash_disk.h"
#include "tests/support/status_matchers.h"

namespace plenary::node {

using ::plenary::testing::CrashDisk;
using ::plenary::testing::DiskImage;
using ::plenary::testing::HasReason;
using ::plenary::testing::IsOk;
using ::plenary::testing::Unsynced;

inline constexpr char kStorePath[] = "/store";

inline StoreOptions OptionsOn(CrashDisk& disk, bool create) {
  return {.path = kStorePath,
          .disk = disk.env(),
          .create = create,
          .cache_bytes = 1 << 20,
          .write_buffer_bytes = 64 << 20,
          .compact = false,
          .info_log = false};
}

inline std::string EnvelopeOf(uint64_t index) { return absl::StrCat("envelope ", index); }
inline std::string RecordOf(uint64_t index, uint32_t entry) {
  return absl::StrCat("record ", index, ".", entry, std::string(index % 7, '*'));
}

// Puts leaf `index` of a branch: its envelope and two slots.
inline void PutCommit(Changes& changes, BranchLeaf at) {
  changes.PutLeaf(at, EnvelopeOf(at.index));
  changes.PutSlot(at, 0, plenary::v1::SLOT_STATE_PRESENT, RecordOf(at.index, 0));
  changes.PutSlot(at, 1, plenary::v1::SLOT_STATE_WITHHELD, "");
}

// Everything in the store but the view, as text: two stores with the same text hold the same.
std::string Dump(const Reader& reader);

class StoreTest : public ::testing::Test {
 protected:
  // Opens the store anew, first letting go of the one before.
  absl::Status Open(bool create = false) {
    store_.reset();
    absl::StatusOr<std::unique_ptr<Store>> opened = Store::Open(OptionsOn(disk_, create));
    if (opened.ok()) store_ = *std::move(opened);
    return opened.status();
  }
  absl::Status Crash(Unsynced unsynced, bool create = false) {
    disk_.Crash(unsynced);
    return Open(create);
  }
  template <typename Fill>
  absl::Status Write(Fill fill, Sync sync = Sync::kYes) {
    LoopScope on_the_loop;
    Changes changes(*store_);
    fill(changes);
    return store_->Write(std::move(changes), sync);
  }
  // Leaves [begin, end) of a branch, each with two slots.
  absl::Status WriteLeaves(uint32_t log, uint32_t branch, uint64_t begin, uint64_t end) {
    return Write([&](Changes& changes) {
      for (uint64_t i = begin; i < end; ++i) PutCommit(changes, {log, branch, i});
    });
  }

  CrashDisk disk_{1};
  std::unique_ptr<Store> store_;
};

}  // namespace plenary::node
