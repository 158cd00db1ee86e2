// If the disk forgot too little, every crash test above it would pass for nothing; if it forgot too
// much or by chance, they would fail for nothing.
#include "tests/simulation/crash_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <set>

namespace plenary::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CrashDiskTest : public ::testing::Test {
 protected:
  CrashDiskTest() { MakeFolder("/a"); }

  void MakeFolder(const std::string& path) {
    EXPECT_TRUE(disk_.env()->CreateDir(path).ok());
    SyncFolder("/");
  }
  void SyncFolder(const std::string& path) {
    std::unique_ptr<rocksdb::Directory> folder;
    ASSERT_TRUE(disk_.env()->NewDirectory(path, &folder).ok());
    ASSERT_TRUE(folder->Fsync().ok());
  }
  std::unique_ptr<rocksdb::WritableFile> NewFile(const std::string& path) {
    std::unique_ptr<rocksdb::WritableFile> file;
    EXPECT_TRUE(disk_.env()->NewWritableFile(path, &file, rocksdb::EnvOptions()).ok());
    return file;
  }
  // A file whose first bytes and name are durable.
  std::unique_ptr<rocksdb::WritableFile> DurableFile(const std::string& path,
                                                     const std::string& bytes) {
    auto file = NewFile(path);
    EXPECT_TRUE(file->Append(bytes).ok());
    EXPECT_TRUE(file->Sync().ok());
    SyncFolder("/a");
    return file;
  }

  CrashDisk disk_{1};
};

TEST_F(CrashDiskTest, ForgetsWhatWasNotSynced) {
  auto file = DurableFile("/a/f", "kept");
  ASSERT_TRUE(file->Append(" lost").ok());
  EXPECT_EQ(disk_.Contents("/a/f"), "kept lost");
  disk_.Crash(Unsynced::kLost);
  EXPECT_EQ(disk_.Contents("/a/f"), "kept");
}

TEST_F(CrashDiskTest, ForgetsFilesWhoseFolderWasNotSynced) {
  auto file = NewFile("/a/f");
  ASSERT_TRUE(file->Append("bytes").ok());
  ASSERT_TRUE(file->Sync().ok());
  disk_.Crash(Unsynced::kLost);
  EXPECT_THAT(disk_.Files("/a"), IsEmpty());
}

TEST_F(CrashDiskTest, BringsBackFilesWhoseRemovalWasNotSynced) {
  DurableFile("/a/f", "kept");
  ASSERT_TRUE(disk_.env()->DeleteFile("/a/f").ok());
  EXPECT_THAT(disk_.Files("/a"), IsEmpty());
  disk_.Crash(Unsynced::kLost);
  EXPECT_EQ(disk_.Contents("/a/f"), "kept");
}

TEST_F(CrashDiskTest, ARenameIsDurableWithItsFolderOnly) {
  DurableFile("/a/new", "2");
  DurableFile("/a/CURRENT", "1");
  ASSERT_TRUE(disk_.env()->RenameFile("/a/new", "/a/CURRENT").ok());
  EXPECT_EQ(disk_.Contents("/a/CURRENT"), "2");
  disk_.Crash(Unsynced::kLost);
  EXPECT_EQ(disk_.Contents("/a/CURRENT"), "1");
  EXPECT_EQ(disk_.Contents("/a/new"), "2");

  ASSERT_TRUE(disk_.env()->RenameFile("/a/new", "/a/CURRENT").ok());
  SyncFolder("/a");
  disk_.Crash(Unsynced::kLost);
  EXPECT_EQ(disk_.Contents("/a/CURRENT"), "2");
  EXPECT_THAT(disk_.Files("/a"), ElementsAre("/a/CURRENT"));
}

TEST_F(CrashDiskTest, OverwritesAreUndoneNewestFirst) {
  DurableFile("/a/f", "abcdef");
  std::unique_ptr<rocksdb::RandomRWFile> file;
  ASSERT_TRUE(disk_.env()->NewRandomRWFile("/a/f", &file, rocksdb::EnvOptions()).ok());
  ASSERT_TRUE(file->Write(1, "XX").ok());
  ASSERT_TRUE(file->Write(2, "YYYYYY").ok());
  EXPECT_EQ(disk_.Contents("/a/f"), "aXYYYYYY");
  disk_.Crash(Unsynced::kLost);
  EXPECT_EQ(disk_.Contents("/a/f"), "abcdef");
}

TEST_F(CrashDiskTest, AKilledProcessLosesNothingButAPowerCutAfterwardsDoes) {
  auto file = DurableFile("/a/f", "kept");
  ASSERT_TRUE(file->Append(" in the cache").ok());
  disk_.Crash(Unsynced::kKept);
  EXPECT_EQ(disk_.Contents("/a/f"), "kept in the cache");
  disk_.Crash(Unsynced::kLost);
  EXPECT_EQ(disk_.Contents("/a/f"), "kept");
}

TEST_F(CrashDiskTest, KeepsAPrefixOfWhatWasNotSynced) {
  std::set<std::string> seen;
  for (uint64_t i = 0; i < 200; ++i) {
    auto file = DurableFile("/a/f", "0");
    ASSERT_TRUE(file->Append("12").ok());
    ASSERT_TRUE(file->Append("34").ok());
    disk_.Crash(Unsynced::kPrefix);
    seen.insert(disk_.Contents("/a/f"));
  }
  EXPECT_THAT(seen, ElementsAre("0", "01", "012", "0123", "01234"));
}

TEST_F(CrashDiskTest, TheSameSeedForgetsTheSame) {
  const auto run = [](uint64_t seed) {
    CrashDisk disk(seed);
    std::unique_ptr<rocksdb::WritableFile> file;
    std::string seen;
    for (int i = 0; i < 20; ++i) {
      if (!disk.env()->NewWritableFile("/f", &file, rocksdb::EnvOptions()).ok()) return seen;
      std::unique_ptr<rocksdb::Directory> root;
      if (!disk.env()->NewDirectory("/", &root).ok() || !root->Fsync().ok()) return seen;
      if (!file->Append("0123456789").ok()) return seen;
      disk.Crash(Unsynced::kPrefix);
      seen += disk.Contents("/f") + " ";
    }
    return seen;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST_F(CrashDiskTest, HandlesOfBeforeTheCrashAreDead) {
  auto file = DurableFile("/a/f", "kept");
  disk_.Crash(Unsynced::kLost);
  EXPECT_FALSE(file->Append("from the grave").ok());
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_EQ(disk_.Contents("/a/f"), "kept");
}

TEST_F(CrashDiskTest, ALockKeepsOthersOutUntilItsHolderDies) {
  rocksdb::FileLock* first = nullptr;
  rocksdb::FileLock* second = nullptr;
  ASSERT_TRUE(disk_.env()->LockFile("/a/LOCK", &first).ok());
  EXPECT_FALSE(disk_.env()->LockFile("/a/LOCK", &second).ok());
  disk_.Crash(Unsynced::kLost);
  ASSERT_TRUE(disk_.env()->LockFile("/a/LOCK", &second).ok());
  // The dead one's release is not the living one's.
  ASSERT_TRUE(disk_.env()->UnlockFile(first).ok());
  rocksdb::FileLock* third = nullptr;
  EXPECT_FALSE(disk_.env()->LockFile("/a/LOCK", &third).ok());
  ASSERT_TRUE(disk_.env()->UnlockFile(second).ok());
}

TEST_F(CrashDiskTest, DiesBeforeOrAfterTheChangeThatIsNamed) {
  auto file = DurableFile("/a/f", "0");
  ASSERT_TRUE(file->Append("1").ok());
  disk_.DieAt(0, CrashDisk::When::kBefore);
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_TRUE(disk_.dead());
  EXPECT_FALSE(disk_.env()->FileExists("/a/f").ok());
  disk_.Crash(Unsynced::kLost);
  EXPECT_EQ(disk_.Contents("/a/f"), "0");

  file = DurableFile("/a/f", "0");
  ASSERT_TRUE(file->Append("1").ok());
  disk_.DieAt(0, CrashDisk::When::kAfter);
  EXPECT_FALSE(file->Sync().ok());
  disk_.Crash(Unsynced::kLost);
  EXPECT_EQ(disk_.Contents("/a/f"), "01");
}

TEST_F(CrashDiskTest, AFailedSyncLosesItsBytesThoughLaterSyncsSucceed) {
  auto file = DurableFile("/a/f", "0");
  ASSERT_TRUE(file->Append("1").ok());
  disk_.FailSync(0);
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_EQ(disk_.Contents("/a/f"), "01");
  ASSERT_TRUE(file->Append("2").ok());
  EXPECT_TRUE(file->Sync().ok());
  disk_.Crash(Unsynced::kPrefix);
  EXPECT_EQ(disk_.Contents("/a/f"), "0");
}

TEST_F(CrashDiskTest, AFailedSyncMayHaveWorked) {
  auto file = DurableFile("/a/f", "0");
  ASSERT_TRUE(file->Append("1").ok());
  disk_.FailSync(0, /*kept=*/true);
  EXPECT_FALSE(file->Sync().ok());
  disk_.Crash(Unsynced::kLost);
  EXPECT_EQ(disk_.Contents("/a/f"), "01");
}

TEST_F(CrashDiskTest, AWriteFailsOnce) {
  auto file = DurableFile("/a/f", "0");
  disk_.FailWrite(1);
  EXPECT_TRUE(file->Append("1").ok());
  EXPECT_FALSE(file->Append("2").ok());
  EXPECT_TRUE(file->Append("3").ok());
  EXPECT_EQ(disk_.Contents("/a/f"), "013");
}

TEST_F(CrashDiskTest, IsFullAndFreed) {
  auto file = DurableFile("/a/f", "0123");
  disk_.SetCapacity(6);
  uint64_t free = 0;
  ASSERT_TRUE(disk_.env()->GetFreeSpace("/a", &free).ok());
  EXPECT_EQ(free, 2u);
  EXPECT_TRUE(file->Append("4567").IsNoSpace());
  EXPECT_EQ(disk_.Contents("/a/f"), "012345");
  disk_.SetCapacity(CrashDisk::kUnlimited);
  EXPECT_TRUE(file->Append("67").ok());
}

TEST_F(CrashDiskTest, FlipsBitsOnReadAndInPlace) {
  DurableFile("/a/f", std::string(4, '\0'));
  disk_.FlipOnRead("/a/f", 1);
  std::string read;
  ASSERT_TRUE(rocksdb::ReadFileToString(disk_.env(), "/a/f", &read).ok());
  EXPECT_NE(read, std::string(4, '\0'));
  EXPECT_EQ(disk_.Contents("/a/f"), std::string(4, '\0'));
  disk_.FlipOnRead("", 0);

  EXPECT_TRUE(disk_.FlipBit("/a/f", 9));
  EXPECT_FALSE(disk_.FlipBit("/a/f", 32));
  EXPECT_EQ(disk_.Contents("/a/f"), std::string("\0\2\0\0", 4));
}

TEST_F(CrashDiskTest, ImagesAreIndependentCopies) {
  auto file = DurableFile("/a/f", "0");
  ASSERT_TRUE(file->Append("1").ok());
  ASSERT_TRUE(disk_.env()->LinkFile("/a/f", "/a/g").ok());
  const DiskImage backup = disk_.Image(Unsynced::kLost);
  const DiskImage clone = disk_.Image(Unsynced::kKept);
  ASSERT_TRUE(file->Append("2").ok());

  CrashDisk second(2);
  second.Load(clone);
  EXPECT_EQ(second.Contents("/a/f"), "01");
  EXPECT_EQ(second.Contents("/a/g"), "01");
  EXPECT_EQ(second.used_bytes(), 2u) << "two names of one file take its room once";
  std::unique_ptr<rocksdb::WritableFile> other;
  ASSERT_TRUE(second.env()->ReopenWritableFile("/a/f", &other, rocksdb::EnvOptions()).ok());
  ASSERT_TRUE(other->Append("x").ok());
  EXPECT_EQ(disk_.Contents("/a/f"), "012");

  disk_.Load(backup);
  EXPECT_EQ(disk_.Contents("/a/f"), "0");
  EXPECT_THAT(disk_.Files("/a"), ElementsAre("/a/f"));
}

}  // namespace
}  // namespace plenary::testing
