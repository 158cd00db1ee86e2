// Opening: a node that starts on the wrong, an old, a foreign, a used or a missing store must say
// so and change nothing. What an administrator gets wrong is tried here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "node/store/disk.h"
#include "tests/node/store_fixture.h"

namespace plenary::node {
namespace {

using ::testing::HasSubstr;

std::string Text(const absl::Status& status) { return std::string(status.message()); }

// Writes into a database behind the store's back.
class RawDatabase {
 public:
  RawDatabase(CrashDisk& disk, std::vector<std::string> families) {
    rocksdb::Options options;
    options.env = disk.env();
    options.create_if_missing = options.create_missing_column_families = true;
    options.stats_dump_period_sec = options.stats_persist_period_sec = 0;
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const std::string& family : families) descriptors.emplace_back(family, options);
    rocksdb::DB* db = nullptr;
    const rocksdb::Status opened =
        rocksdb::DB::Open(options, kStorePath, descriptors, &handles_, &db);
    EXPECT_TRUE(opened.ok()) << opened.ToString();
    db_.reset(db);
  }
  ~RawDatabase() {
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      EXPECT_TRUE(db_->DestroyColumnFamilyHandle(handle).ok());
    }
  }
  void Put(const std::string& key, const std::string& value) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    EXPECT_TRUE(db_->Put(synced, key, value).ok());
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

const std::vector<std::string> kOurFamilies = {
    "default",        "leaves",       "slots",      "nodes",         "commits",
    "view_revisions", "view_current", "view_index", "view_verdicts", "view_state",
};

class StoreOpenTest : public StoreTest {
 protected:
  void SetFormat(const std::string& bytes, std::vector<std::string> families = kOurFamilies) {
    store_.reset();
    RawDatabase database(disk_, std::move(families));
    database.Put("F", bytes);
  }
  void MakeParent() { ASSERT_TRUE(disk_.env()->CreateDir(kStorePath).ok()); }
};

TEST_F(StoreOpenTest, AMissingStoreIsNotMadeUnasked) {
  EXPECT_THAT(Open(), HasReason(Reason::NO_STORE));
  MakeParent();
  EXPECT_THAT(Open(), HasReason(Reason::NO_STORE));
  EXPECT_THAT(Open(), HasReason(Reason::NO_STORE)) << "looking made nothing";
  EXPECT_OK(Open(/*create=*/true));
  EXPECT_OK(Open());
  EXPECT_OK(Open(/*create=*/true)) << "an existing store is opened";
}

TEST_F(StoreOpenTest, AMadeStoreSurvivesThePowerCutRightAfter) {
  ASSERT_OK(Open(/*create=*/true));
  EXPECT_OK(Crash(Unsynced::kLost));
}

TEST_F(StoreOpenTest, AFileIsNoFolder) {
  ASSERT_TRUE(rocksdb::WriteStringToFile(disk_.env(), "text", kStorePath, true).ok());
  EXPECT_THAT(Open(), HasReason(Reason::STORE_PATH));
  EXPECT_THAT(Open(/*create=*/true), HasReason(Reason::STORE_PATH));
}

TEST_F(StoreOpenTest, NoStoreIsMadeAmongOtherFiles) {
  MakeParent();
  ASSERT_TRUE(rocksdb::WriteStringToFile(disk_.env(), "x", "/store/letters.txt", true).ok());
  const absl::Status opened = Open(/*create=*/true);
  EXPECT_THAT(opened, HasReason(Reason::STORE_PATH));
  EXPECT_THAT(Text(opened), HasSubstr("letters.txt"));
}

TEST_F(StoreOpenTest, ANewlyMountedDiskIsEmptyEnough) {
  MakeParent();
  ASSERT_TRUE(disk_.env()->CreateDir("/store/lost+found").ok());
  EXPECT_OK(Open(/*create=*/true));
}

TEST_F(StoreOpenTest, ANewerFormatIsRefusedWithBothNumbers) {
  ASSERT_OK(Open(/*create=*/true));
  SetFormat(std::string("\0\0\0\2", 4));
  const absl::Status opened = Open();
  EXPECT_THAT(opened, HasReason(Reason::STORE_FORMAT));
  EXPECT_THAT(Text(opened), HasSubstr("expected format 1, got 2, which a newer release wrote"));
}

TEST_F(StoreOpenTest, AnOlderFormatIsRefused) {
  ASSERT_OK(Open(/*create=*/true));
  SetFormat(std::string(4, '\0'));
  const absl::Status opened = Open();
  EXPECT_THAT(opened, HasReason(Reason::STORE_FORMAT));
  EXPECT_THAT(Text(opened), HasSubstr("older release"));
}

TEST_F(StoreOpenTest, ANewerLayoutIsRefusedUnchanged) {
  std::vector<std::string> families = kOurFamilies;
  families.push_back("of_the_future");
  MakeParent();
  SetFormat(std::string("\0\0\0\2", 4), families);
  // The lock file is the one thing that looking leaves behind.
  EXPECT_THAT(Open(), HasReason(Reason::STORE_FORMAT));
  const std::vector<std::string> before = disk_.Files(kStorePath);
  EXPECT_THAT(Open(/*create=*/true), HasReason(Reason::STORE_FORMAT));
  EXPECT_EQ(disk_.Files(kStorePath), before);
}

TEST_F(StoreOpenTest, AForeignDatabaseIsRefused) {
  MakeParent();
  {
    RawDatabase database(disk_, {"default"});
    database.Put("someone's", "data");
  }
  const absl::Status opened = Open(/*create=*/true);
  EXPECT_THAT(opened, HasReason(Reason::STORE_FORMAT));
  EXPECT_THAT(Text(opened), HasSubstr("no store of Plenary"));
}

TEST_F(StoreOpenTest, AMissingColumnFamilyIsDamage) {
  MakeParent();
  SetFormat(std::string("\0\0\0\1", 4), {"default", "leaves"});
  EXPECT_THAT(Open(/*create=*/true), HasReason(Reason::STORE_DAMAGED));
}

TEST_F(StoreOpenTest, ASecondNodeOnTheSameStoreIsRefused) {
  ASSERT_OK(Open(/*create=*/true));
  const auto second = Store::Open(OptionsOn(disk_, false));
  EXPECT_THAT(second, HasReason(Reason::STORE_LOCKED));
  EXPECT_OK(WriteLeaves(1, 0, 0, 1)) << "the first one is not disturbed";
  EXPECT_OK(Open()) << "free again once the first one is gone";
}

TEST_F(StoreOpenTest, AFolderThatCannotBeWrittenIsNotALock) {
  ASSERT_OK(Open(/*create=*/true));
  store_.reset();
  disk_.Remove("/store/IN-USE");
  disk_.DieAt(0, CrashDisk::When::kBefore);
  EXPECT_THAT(Open(), HasReason(Reason::STORE_PATH));
}

// On the machine's own disk, where the locks of two processes meet.
class RealDiskTest : public ::testing::Test {
 protected:
  RealDiskTest() {
    char pattern[] = "/tmp/plenary-store-XXXXXX";
    folder_ = mkdtemp(pattern);
  }
  ~RealDiskTest() override { std::filesystem::remove_all(folder_); }
  StoreOptions Options() const { return {.path = folder_ + "/store", .create = true}; }

  std::string folder_;
};

constexpr char kFolderVariable[] = "PLENARY_TEST_STORE_FOLDER";

// Not a test: the other process of the next one.
TEST(OtherProcess, DISABLED_HoldsAStore) {
  const char* folder = std::getenv(kFolderVariable);
  ASSERT_NE(folder, nullptr);
  const auto store = Store::Open({.path = folder});
  std::printf("opened: %s\n", store.ok() ? "yes" : RowOf(*ReasonOf(store.status())).name);
  std::fflush(stdout);
}

TEST_F(RealDiskTest, AnotherProcessIsRefusedAndToldWhy) {
  const auto store = Store::Open(Options());
  ASSERT_OK(store);
  const std::string command =
      absl::StrCat(kFolderVariable, "=", folder_, "/store ",
                   std::filesystem::read_symlink("/proc/self/exe").string(),
                   " --gtest_also_run_disabled_tests --gtest_filter=OtherProcess.*");
  const auto run = [&command] {
    std::string output;
    std::FILE* pipe = popen(command.c_str(), "r");
    char buffer[256];
    while (std::fgets(buffer, sizeof(buffer), pipe) != nullptr) output += buffer;
    pclose(pipe);
    return output;
  };
  EXPECT_THAT(run(), HasSubstr("opened: STORE_LOCKED"));
}

TEST_F(RealDiskTest, WritesReadsCopiesAndReportsRoom) {
  LoopScope on_the_loop;
  auto store = Store::Open(Options());
  ASSERT_OK(store);
  {
    Changes changes(**store);
    PutCommit(changes, {1, 0, 0});
    ASSERT_OK((*store)->Write(std::move(changes), Sync::kYes));
  }
  EXPECT_GT(*(*store)->FreeBytes(), 0u);
  ASSERT_OK((*store)->Checkpoint(folder_ + "/copy"));
  ASSERT_OK((*store)->VerifyFiles());
  const std::string before = Dump(**store);
  store = absl::UnknownError("closed");
  store = Store::Open(Options());
  ASSERT_OK(store);
  EXPECT_EQ(Dump(**store), before);
  const auto copy = Store::Open({.path = folder_ + "/copy"});
  ASSERT_OK(copy);
  EXPECT_EQ(Dump(**copy), before);
}

TEST_F(RealDiskTest, AFolderOfSomebodyElseIsRefused) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const std::filesystem::path parent = folder_ + "/locked";
  std::filesystem::create_directory(parent);
  std::filesystem::permissions(
      parent, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THAT(Store::Open({.path = parent.string() + "/store", .create = true}),
              HasReason(Reason::STORE_PATH));
  EXPECT_THAT(Store::Open({.path = parent.string(), .create = true}),
              HasReason(Reason::STORE_PATH));
  std::filesystem::permissions(parent, std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace plenary::node
