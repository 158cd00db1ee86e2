// Damage: whatever an outsider or a dying disk does to the files, the store refuses to open, or a
// read refuses, or everything is as it was. It never opens with less than was acknowledged and
// never answers with other bytes. These tests damage every file everywhere rather than where we
// know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "tests/node/store_fixture.h"

namespace plenary::node {
namespace {

using ::testing::HasSubstr;

class StoreDamageTest : public StoreTest {
 protected:
  StoreDamageTest() {
    EXPECT_OK(Open(/*create=*/true));
    EXPECT_OK(Write([](Changes& changes) {
      nodev1::StoreIdentity identity;
      identity.set_member("br");
      changes.PutIdentity(identity);
      changes.PutRoster(1, "roster");
    }));
    EXPECT_OK(WriteLeaves(1, 0, 0, 3));
  }

  // All that was written is in the newest log file.
  void OnlyInTheLog() { Remember(); }
  // What was written before is in tables, and some more in the newest log file.
  void InTablesToo() {
    ASSERT_OK(Open());
    ASSERT_OK(WriteLeaves(1, 0, 3, 5));
    Remember();
  }
  void Remember() {
    expected_ = Dump(*store_);
    store_.reset();
    image_ = disk_.Image(Unsynced::kKept);
  }

  // Damages a fresh copy and judges what the store makes of it.
  template <typename Damage>
  void Try(Damage damage) {
    store_.reset();
    disk_.Load(image_);
    ASSERT_TRUE(damage());
    const absl::Status opened = Open();
    if (!opened.ok()) {
      EXPECT_THAT(opened, HasReason(Reason::STORE_DAMAGED));
      ++refused_;
      return;
    }
    const std::string found = Dump(*store_);
    if (found == expected_) {
      ++harmless_;
      return;
    }
    // Less than before, but every loss has its error.
    EXPECT_THAT(found, HasSubstr("orruption")) << "silently wrong";
    ++found_by_reads_;
  }
  void FlipEverywhere(const std::string& path, size_t step, size_t spared = 0) {
    const uint64_t bytes = disk_.Contents(path).size() - spared;
    for (uint64_t at = 0; at < bytes; at += step) {
      SCOPED_TRACE(absl::StrCat(path, " byte ", at));
      Try([&] { return disk_.FlipBit(path, at * 8 + at % 7); });
    }
  }
  std::vector<std::string> FilesLike(absl::string_view part) {
    std::vector<std::string> paths;
    for (const std::string& path : disk_.Files(kStorePath)) {
      if (absl::StrContains(path, part)) paths.push_back(path);
    }
    return paths;
  }

  std::string expected_;
  DiskImage image_;
  int refused_ = 0;
  int harmless_ = 0;
  int found_by_reads_ = 0;
};

TEST_F(StoreDamageTest, AFlippedBitInTheLogIsFound) {
  OnlyInTheLog();
  for (const std::string& path : FilesLike(".log")) FlipEverywhere(path, 1);
  EXPECT_GT(refused_, 100);
}

TEST_F(StoreDamageTest, ALogCutShortIsFound) {
  OnlyInTheLog();
  for (const std::string& path : FilesLike(".log")) {
    for (uint64_t bytes = disk_.Contents(path).size(); bytes-- > 0;) {
      SCOPED_TRACE(absl::StrCat(path, " cut to ", bytes));
      Try([&] { return disk_.CutTo(path, bytes); });
    }
  }
  EXPECT_EQ(harmless_, 0) << "every byte of it was acknowledged";
}

TEST_F(StoreDamageTest, AFlippedBitInATableIsFound) {
  InTablesToo();
  // Not here: the last 53 bytes, a table's footer, which has no checksum, and the top bits of
  // bytes, one of which is a flag of the properties block that RocksDB 7.8 asserts on before it
  // verifies that block. Both stop the process.
  for (const std::string& path : FilesLike(".sst")) FlipEverywhere(path, 7, 53);
  EXPECT_GT(refused_ + found_by_reads_, 10);
}

TEST_F(StoreDamageTest, AFlippedBitInTheManifestIsFound) {
  InTablesToo();
  for (const std::string& path : FilesLike("MANIFEST")) FlipEverywhere(path, 3);
  EXPECT_GT(refused_, 10);
}

TEST_F(StoreDamageTest, AManifestCutShortIsFound) {
  InTablesToo();
  for (const std::string& path : FilesLike("MANIFEST")) {
    const uint64_t whole = disk_.Contents(path).size();
    for (uint64_t bytes = 0; bytes < whole; bytes += 5) {
      SCOPED_TRACE(absl::StrCat(path, " cut to ", bytes));
      Try([&] { return disk_.CutTo(path, bytes); });
    }
  }
  EXPECT_GT(refused_, 10);
}

TEST_F(StoreDamageTest, EachMissingFileIsFoundOrNotNeeded) {
  InTablesToo();
  for (const std::string& path : disk_.Files(kStorePath)) {
    SCOPED_TRACE(path);
    const int refused_before = refused_;
    Try([&] { return disk_.Remove(path); });
    const bool needed = absl::EndsWith(path, ".sst") || absl::EndsWith(path, ".log") ||
                        absl::StrContains(path, "MANIFEST") || absl::EndsWith(path, "CURRENT");
    EXPECT_EQ(refused_ > refused_before, needed);
  }
}

TEST_F(StoreDamageTest, AnEmptiedFolderWithOneFileLeftIsNotANewStore) {
  InTablesToo();
  const std::vector<std::string> files = disk_.Files(kStorePath);
  for (const std::string& kept : files) {
    if (!absl::EndsWith(kept, ".sst") && !absl::EndsWith(kept, ".log") &&
        !absl::EndsWith(kept, "SYNCED")) {
      continue;
    }
    disk_.Load(image_);
    for (const std::string& path : files) {
      if (path == kept) continue;
      ASSERT_TRUE(disk_.Remove(path));
    }
    EXPECT_THAT(Open(/*create=*/true), HasReason(Reason::STORE_DAMAGED)) << kept;
  }
}

TEST_F(StoreDamageTest, AnOlderCopyOfTheFilesUnderANewMarkIsFound) {
  // A folder copied while it was written: its mark is newer than its log.
  store_.reset();
  const DiskImage old = disk_.Image(Unsynced::kKept);
  ASSERT_OK(Open());
  ASSERT_OK(WriteLeaves(1, 0, 3, 4));
  store_.reset();
  const std::string mark = disk_.Contents("/store/SYNCED");
  disk_.Load(old);
  ASSERT_TRUE(rocksdb::WriteStringToFile(disk_.env(), mark, "/store/SYNCED", true).ok());
  const absl::Status opened = Open();
  EXPECT_THAT(opened, HasReason(Reason::STORE_DAMAGED));
  EXPECT_THAT(std::string(opened.message()), HasSubstr("forgets what it has promised"));
  EXPECT_THAT(Open(), HasReason(Reason::STORE_DAMAGED)) << "trying again does not help";
}

TEST_F(StoreDamageTest, AnUnreadableMarkAccusesNobody) {
  InTablesToo();
  for (uint64_t bit = 0; bit < 40 * 8; bit += 5) {
    SCOPED_TRACE(bit);
    Try([&] { return disk_.FlipBit("/store/SYNCED", bit); });
  }
  Try([&] { return disk_.CutTo("/store/SYNCED", 3); });
  EXPECT_EQ(refused_, 0);
}

TEST_F(StoreDamageTest, AMarkThatSaysLessIsNoReasonToRefuse) {
  // After a power cut the mark may be an older one than the log.
  InTablesToo();
  Try([&] {
    disk_.Crash(Unsynced::kLost);
    return true;
  });
  EXPECT_EQ(harmless_, 1);
}

TEST_F(StoreDamageTest, ADiskThatReadsWrongIsFoundByReads) {
  InTablesToo();
  for (int round = 0; round < 30; ++round) {
    store_.reset();
    disk_.Load(image_);
    ASSERT_OK(Open());
    disk_.FlipOnRead(".sst", 1);
    const std::string found = Dump(*store_);
    if (found != expected_) {
      EXPECT_THAT(found, HasSubstr("orruption"));
    }
    disk_.FlipOnRead("", 0);
  }
}

TEST_F(StoreDamageTest, DamageInATableNamesTheLogAndIndexAndVerifyNamesTheFile) {
  InTablesToo();
  bool seen = false;
  for (const std::string& path : FilesLike(".sst")) {
    const size_t at = disk_.Contents(path).find("envelope 0");
    if (at == std::string::npos) continue;
    seen = true;
    disk_.Load(image_);
    ASSERT_TRUE(disk_.FlipBit(path, at * 8));
    ASSERT_OK(Open());
    const absl::Status read = store_->Leaf({1, 0, 1}).status();
    EXPECT_THAT(read, HasReason(Reason::STORE_DAMAGED));
    EXPECT_THAT(std::string(read.message()), HasSubstr("leaf of log 1 branch 0 index 1"));
    const absl::Status verified = store_->VerifyFiles();
    EXPECT_THAT(verified, HasReason(Reason::STORE_DAMAGED));
    EXPECT_THAT(std::string(verified.message()), HasSubstr(".sst"));
    EXPECT_OK(store_->AllLogs()) << "other families are still read";
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace plenary::node
