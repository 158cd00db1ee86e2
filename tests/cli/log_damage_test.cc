// Folders that were damaged and nodes that lie. If one of these failed, an auditor would crash, or
// take a changed log for the one that was signed, or an export would replace a good one by a bad.
#include "tests/cli/audit_world.h"

#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "cli/audit/export_folder.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary::cli::testing {
namespace {

namespace fs = std::filesystem;

using plenary::testing::HasReason;
using ::testing::HasSubstr;

class LogDamageTest : public AuditWorldTest {};

TEST_F(LogDamageTest, ANodeThatLiesAddsNothing) {
  Grow(300);
  ExportOne();
  const auto before = Files();
  const auto unchanged = [&](const char* how) {
    EXPECT_EQ(AuditFolder().exit, ProofExit::kProven) << how;
    EXPECT_EQ(AuditFolder().size, 300U) << how;
  };
  const auto honest = source_.Of("br").leaves;
  Grow(310);
  auto& log = source_.Of("br");
  const auto grown = log.leaves;
  // Other bytes than those of the manifest.
  log.leaves[305].leaf.records[0]->back() ^= 1;
  EXPECT_THAT(Export()->front().status, HasReason(Reason::WRONG_DIGEST));
  unchanged("a record");
  // A new leaf that is not the checkpoint's.
  log.leaves = grown;
  std::swap(log.leaves[303], log.leaves[304]);
  EXPECT_THAT(Export()->front().status, HasReason(Reason::INCONSISTENT_CHECKPOINT));
  unchanged("a new leaf");
  // An old one that is not the folder's.
  log.leaves = grown;
  std::swap(log.leaves[290], log.leaves[291]);
  EXPECT_THAT(Export()->front().status, HasReason(Reason::INCONSISTENT_CHECKPOINT));
  unchanged("an old leaf");
  // A checkpoint by another key.
  log.leaves = grown;
  const std::string good = log.head.checkpoint;
  log.head.checkpoint[good.size() - 20] ^= 1;
  EXPECT_FALSE(Export()->front().status.ok());
  unchanged("a cosignature");
  for (int i = 0; i < 3; ++i) source_.AddMeeting("in", absl::StrCat("m-", i));
  log.head.checkpoint = source_.Note("in", 3, {"br"});
  EXPECT_THAT(Export()->front().status, HasReason(Reason::NOT_SIGNED_BY_LOG));
  unchanged("another log's checkpoint");
}

TEST_F(LogDamageTest, AShorterLogIsNoExportAndAContradictingOneIsKept) {
  Grow(300);
  ExportOne();
  source_.Finish("br", {"in", "ru"}, 280);
  EXPECT_THAT(Export()->front().status, HasReason(Reason::LOG_SHORTER));
  EXPECT_EQ(AuditFolder().exit, ProofExit::kProven);
  EXPECT_FALSE(Has("contradiction"));
  // Two histories, both signed by the log's key.
  auto& leaves = source_.Of("br").leaves;
  leaves.erase(leaves.begin() + 270);
  source_.Finish("br", {"in", "ru"}, 280);
  EXPECT_THAT(Export()->front().status, HasReason(Reason::INCONSISTENT_CHECKPOINT));
  EXPECT_EQ(Read("contradiction"), source_.Of("br").head.checkpoint);
  const LogVerdict verdict = AuditFolder();
  EXPECT_EQ(verdict.exit, ProofExit::kDisproved);
  EXPECT_THAT(verdict.reasons.front(), HasReason(Reason::INCONSISTENT_CHECKPOINT));
}

TEST_F(LogDamageTest, AFolderThatCannotBeGoneOnWithIsRefused) {
  Grow(300);
  ExportOne();
  const std::string tile = Read("tile/0/001.p/44");
  Flip("tile/0/001.p/44", 40);
  Grow(310);
  EXPECT_THAT(Export()->front().status, HasReason(Reason::BAD_EXPORT));
  Write("tile/0/001.p/44", tile.substr(0, 64));
  EXPECT_THAT(Export()->front().status, HasReason(Reason::BAD_EXPORT));
  Write("tile/0/001.p/44", tile);
  EXPECT_OK(Export()->front().status);
  // Another federation's.
  plenary::testing::World other(4, "another");
  MemorySource stranger(other);
  stranger.AddMeeting("br", "a");
  stranger.Finish("br", {"in", "ru"});
  const auto files = stranger.Trust();
  auto trust = MakeTrustBook(*files);
  ASSERT_OK(trust);
  const ExportOptions options{.folder = Dir()};
  EXPECT_THAT(ExportLogs(stranger, *files, *trust, *stranger.Logs(), options, console_),
              HasReason(Reason::SECOND_OF_VERSION));
  EXPECT_EQ(AuditFolder().exit, ProofExit::kProven);
}

TEST_F(LogDamageTest, TwoExportsIntoOneFolderDoNotMeet) {
  Grow(3);
  ExportOne();
  const auto lock = FolderLock::Take(Dir());
  ASSERT_OK(lock);
  EXPECT_THAT(Export(), HasReason(Reason::BUSY));
}

// What is done to a folder, and what an audit says of it.
struct Damage {
  const char* what;
  std::function<void()> done;
  ProofExit exit;
  Reason reason;
};

TEST_F(LogDamageTest, EveryDamageIsFoundAndNamed) {
  Grow(600);
  source_.AddMeeting("in", "a");
  source_.Finish("in", {"br", "cn"});
  ASSERT_OK(Export());
  const std::string whole = dir_.path() + "/whole";
  fs::copy(Dir(), whole, fs::copy_options::recursive);
  const auto remove = [this](const char* name) { fs::remove(File(name)); };
  const auto cut = [this](const char* name, size_t bytes) {
    fs::resize_file(File(name), fs::file_size(File(name)) - bytes);
  };
  const auto longer = [this](const char* name) { Write(name, Read(name) + "x"); };
  constexpr auto kDisproved = ProofExit::kDisproved;
  constexpr auto kUnreadable = ProofExit::kUnreadable;
  const size_t in_root = Read("checkpoint").find('\n', world_.Origin("br").size() + 1) + 3;
  const Damage damages[] = {
      {"tile", [&] { Flip("tile/0/001", 77); }, kDisproved, Reason::BAD_TILE},
      {"partial tile", [&] { Flip("tile/0/002.p/88", 0); }, kDisproved, Reason::BAD_TILE},
      {"upper tile", [&] { Flip("tile/1/000.p/2", 40); }, kDisproved, Reason::BAD_TILE},
      {"entry", [&] { Flip("tile/entries/001", 100); }, kDisproved, Reason::BAD_TILE},
      {"length of an entry", [&] { Flip("tile/entries/001", 0); }, kUnreadable, Reason::BAD_EXPORT},
      {"record", [&] { Flip("records/001", 20); }, kDisproved, Reason::WRONG_DIGEST},
      {"state of a slot", [&] { Flip("records/001", 4); }, kUnreadable, Reason::BAD_EXPORT},
      {"number of slots", [&] { Flip("records/001", 0); }, kUnreadable, Reason::BAD_EXPORT},
      {"root", [&] { Flip("checkpoint", in_root); }, kDisproved, Reason::NOT_SIGNED_BY_LOG},
      {"no note", [&] { Write("checkpoint", "nonsense\n"); }, kDisproved, Reason::BAD_NOTE},
      {"empty checkpoint", [&] { Write("checkpoint", ""); }, kUnreadable, Reason::BAD_EXPORT},
      {"another log's checkpoint",
       [&] {
         fs::copy_file(Dir() + "/" + world_.Origin("in") + "/checkpoint", File("checkpoint"),
                       fs::copy_options::overwrite_existing);
       },
       kDisproved, Reason::NOT_SIGNED_BY_LOG},
      {"an older checkpoint",
       [&] {
         Write("checkpoint", source_.Note("br", 500, {"in", "ru"}));
       },
       kDisproved, Reason::LOG_SHORTER},
      {"a newer checkpoint",
       [&] {
         source_.AddMeeting("br", "more");
         Write("checkpoint", source_.Note("br", 601, {"in", "ru"}));
         source_.Of("br").leaves.pop_back();
       },
       kUnreadable, Reason::BAD_EXPORT},
      {"no checkpoint", [&] { remove("checkpoint"); }, kUnreadable, Reason::BAD_EXPORT},
      {"no tile", [&] { remove("tile/0/000"); }, kUnreadable, Reason::BAD_EXPORT},
      {"no upper tile", [&] { remove("tile/1/000.p/2"); }, kUnreadable, Reason::BAD_EXPORT},
      {"no entries", [&] { remove("tile/entries/000"); }, kUnreadable, Reason::BAD_EXPORT},
      {"no partial entries", [&] { remove("tile/entries/002.p/88"); }, kUnreadable,
       Reason::BAD_EXPORT},
      {"no records", [&] { remove("records/001"); }, kUnreadable, Reason::BAD_EXPORT},
      {"no restricted", [&] { remove("restricted/000"); }, kUnreadable, Reason::BAD_EXPORT},
      {"short tile", [&] { cut("tile/0/000", 1); }, kUnreadable, Reason::BAD_EXPORT},
      {"short partial tile", [&] { cut("tile/0/002.p/88", 32); }, kUnreadable, Reason::BAD_EXPORT},
      {"short entries", [&] { cut("tile/entries/002.p/88", 1); }, kUnreadable, Reason::BAD_EXPORT},
      {"short records", [&] { cut("records/000", 1); }, kUnreadable, Reason::BAD_EXPORT},
      {"no bytes of records", [&] { Write("records/002.p/88", ""); }, kUnreadable,
       Reason::BAD_EXPORT},
      {"short restricted", [&] { cut("restricted/002.p/88", 3); }, kUnreadable, Reason::BAD_EXPORT},
      {"long tile", [&] { longer("tile/0/002.p/88"); }, kUnreadable, Reason::BAD_EXPORT},
      {"long entries", [&] { longer("tile/entries/000"); }, kUnreadable, Reason::BAD_EXPORT},
      {"long records", [&] { longer("records/000"); }, kUnreadable, Reason::BAD_EXPORT},
      {"a folder for a file",
       [&] {
         remove("tile/0/000");
         fs::create_directory(File("tile/0/000"));
       },
       kUnreadable, Reason::BAD_EXPORT},
      {"huge checkpoint", [&] { Write("checkpoint", std::string(2 << 20, 'x')); }, kUnreadable,
       Reason::BAD_EXPORT},
  };
  for (const Damage& damage : damages) {
    fs::remove_all(Dir());
    fs::copy(whole, Dir(), fs::copy_options::recursive);
    damage.done();
    const LogVerdict verdict = AuditFolder();
    EXPECT_EQ(verdict.exit, damage.exit) << damage.what;
    ASSERT_FALSE(verdict.reasons.empty()) << damage.what;
    EXPECT_THAT(verdict.reasons.front(), HasReason(damage.reason)) << damage.what;
  }
}

TEST_F(LogDamageTest, AnyFlippedByteOfAFolderIsNoticedOrHarmless) {
  Grow(1);
  ExportOne();
  FolderSource folder(Dir());
  auto trust = MakeTrustBook(*folder.Trust());
  ASSERT_OK(trust);
  for (const auto& [name, inode] : Files()) {
    const std::string bytes = Read(name);
    for (size_t at = 0; at < bytes.size(); ++at) {
      Flip(name, at);
      const auto verdicts = AuditLogs(folder, *trust, *folder.Logs(), {}, console_);
      ASSERT_OK(verdicts);
      // A cosignature line under a name that nobody knows is a line that is not looked at. So is
      // the state of a slot in the bundle that does not have it.
      if (verdicts->front().exit == ProofExit::kProven) {
        EXPECT_THAT(name, ::testing::AnyOf(HasSubstr("checkpoints/"), HasSubstr("restricted/")))
            << at;
      }
      Write(name, bytes);
    }
  }
}

TEST_F(LogDamageTest, APartialTileMayBeTheBeginningOfTheFullOne) {
  Grow(256);
  ExportOne();
  std::map<std::string, std::string> full;
  for (const char* name : {"tile/0/000", "tile/entries/000", "records/000", "restricted/000"}) {
    full[name] = Read(name);
  }
  fs::remove_all(Dir());
  source_.Finish("br", {"in", "ru"}, 200);
  ExportOne();
  // What somebody finds who comes when the tile has just become full.
  for (const auto& [name, bytes] : full) {
    fs::remove(File(name + ".p/200"));
    Write(name, bytes);
  }
  const LogVerdict verdict = AuditFolder();
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.size, 200U);
}

TEST_F(LogDamageTest, AFolderWithoutItsTrustIsUnreadable) {
  Grow(3);
  ExportOne();
  FolderSource folder(Dir());
  fs::remove(Dir() + "/trust/card-in-1.envelope");
  EXPECT_OK(folder.Trust());
  EXPECT_EQ(AuditFolder().exit, ProofExit::kDisproved) << "in's cosignature is nobody's now";
  fs::remove(Dir() + "/trust/roster-1.envelope");
  EXPECT_THAT(folder.Trust(), HasReason(Reason::BAD_EXPORT));
  fs::remove_all(Dir() + "/trust");
  EXPECT_THAT(folder.Trust(), HasReason(Reason::BAD_EXPORT));
}

}  // namespace
}  // namespace plenary::cli::testing
