// Exports into a folder and audits of that folder. If one of these failed, what a member publishes
// could not be checked, or would be broken, or would hold bytes that it must not.
#include "tests/cli/audit_world.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/audit/export_folder.h"
#include "ledger/names.h"
#include "ledger/status.h"
#include "ledger/tiles.h"

namespace plenary::cli::testing {
namespace {

namespace fs = std::filesystem;

using plenary::testing::HasReason;
using plenary::testing::NewLeaf;
using plenary::testing::NewManifest;
using plenary::testing::RecordBytes;
using plenary::testing::RecordToLog;
using plenary::testing::RedactionBytes;
using ::testing::HasSubstr;

class LogExportTest : public AuditWorldTest {
 protected:
  // A leaf whose records are for everyone, for full members, and for a list.
  void AddMixed(const std::string& id) {
    const std::vector<RecordToLog> records = {{RecordBytes("br", "meetings", id + "-a"), 1},
                                              {RecordBytes("br", "meetings", id + "-b"), 0},
                                              {RecordBytes("br", "meetings", id + "-c"), 2}};
    v1::Manifest manifest = NewManifest(world_, "br", 1, records);
    manifest.add_audiences()->add_members("in");
    source_.Of("br").leaves.push_back({plenary::testing::LeafOf(world_, manifest, records), {}});
  }
};

TEST_F(LogExportTest, TheFolderIsThatOfTheSpecificationAndIsProven) {
  Grow(600);
  const ExportedLog exported = ExportOne();
  EXPECT_EQ(exported.before, 0U);
  EXPECT_EQ(exported.size, 600U);
  EXPECT_EQ(exported.records.everyone, 600U);
  std::vector<std::string> names;
  for (const auto& [name, inode] : Files()) names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"checkpoint", "checkpoints/600", "records/000", "records/001",
                                      "records/002.p/88", "restricted/000", "restricted/001",
                                      "restricted/002.p/88", "tile/0/000", "tile/0/001",
                                      "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/000",
                                      "tile/entries/001", "tile/entries/002.p/88"}));
  EXPECT_EQ(Read("checkpoint"), source_.Of("br").head.checkpoint);
  const LogVerdict verdict = AuditFolder();
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.size, 600U);
  EXPECT_EQ(verdict.slots[v1::SLOT_STATE_PRESENT], 600U);
}

TEST_F(LogExportTest, ASecondRunAddsOnlyWhatIsNew) {
  Grow(300);
  ExportOne();
  const auto before = Files();
  source_.leaves_read = 0;
  ExportedLog exported = ExportOne();
  EXPECT_EQ(exported.files, 0U) << "nothing is new";
  EXPECT_EQ(source_.leaves_read, 0U);
  EXPECT_EQ(Files(), before);
  Grow(310);
  exported = ExportOne();
  EXPECT_EQ(exported.before, 300U);
  EXPECT_EQ(exported.size, 310U);
  EXPECT_EQ(source_.leaves_read, 54U) << "from the start of the bundle that grew";
  const auto after = Files();
  for (const char* kept :
       {"tile/0/000", "tile/entries/000", "records/000", "tile/0/001.p/44", "checkpoints/300"}) {
    EXPECT_EQ(after.at(kept), before.at(kept)) << kept;
  }
  EXPECT_FALSE(after.contains("records/001.p/44")) << "only an audit reads record bundles";
  EXPECT_FALSE(after.contains("checkpoints/310")) << "the roster has not changed";
  EXPECT_EQ(AuditFolder().exit, ProofExit::kProven);
  // Partial tiles go when the full one is there.
  Grow(520);
  ExportOne();
  EXPECT_FALSE(Has("tile/0/001.p/44"));
  EXPECT_TRUE(Has("tile/0/001"));
  EXPECT_TRUE(Has("tile/1/000.p/1")) << "a client may still be at that size";
  EXPECT_EQ(AuditFolder().exit, ProofExit::kProven);
}

TEST_F(LogExportTest, EveryStepOfGrowthIsAWholeExport) {
  for (const uint64_t size : {0, 1, 2, 255, 256, 257, 300, 511, 512, 513, 514, 768, 1030}) {
    Grow(size);
    ExportOne();
    const LogVerdict verdict = AuditFolder();
    EXPECT_EQ(verdict.exit, ProofExit::kProven) << size;
    EXPECT_EQ(verdict.size, size);
  }
}

TEST_F(LogExportTest, NewCosignaturesAloneChangeTheCheckpoint) {
  Grow(5);
  ExportOne();
  source_.Finish("br", {"in", "ru", "cn"});
  EXPECT_EQ(ExportOne().files, 1U);
  EXPECT_EQ(AuditFolder().final_checkpoint->peers.held, 3);
}

TEST_F(LogExportTest, AnInterruptedRunLeavesTheOlderExport) {
  Grow(200);
  ExportOne();
  for (const uint64_t stop : {201, 255, 256, 257, 511, 512, 599}) {
    Grow(600);
    source_.fails_at = stop;
    const auto broken = Export();
    ASSERT_OK(broken);
    EXPECT_THAT(broken->front().status, HasReason(Reason::STALLED));
    EXPECT_EQ(broken->front().size, 200U);
    const LogVerdict verdict = AuditFolder();
    EXPECT_EQ(verdict.exit, ProofExit::kProven) << stop;
    EXPECT_EQ(verdict.size, 200U);
  }
  source_.fails_at.reset();
  ExportOne();
  EXPECT_EQ(AuditFolder().size, 600U);
  for (const auto& [name, inode] : Files())
    EXPECT_THAT(name, ::testing::Not(HasSubstr(".partial")));
}

TEST_F(LogExportTest, AFirstRunThatWasInterruptedIsBegunAgain) {
  Grow(300);
  source_.fails_at = 280;
  EXPECT_THAT(Export()->front().status, HasReason(Reason::STALLED));
  FolderSource folder(Dir());
  const LogVerdict none = Audit(folder);
  EXPECT_EQ(none.exit, ProofExit::kUnreadable);
  source_.fails_at.reset();
  ExportOne(RecordsToExport::kEveryone);
  EXPECT_FALSE(Has("restricted")) << "what the first run wanted is gone";
  EXPECT_EQ(AuditFolder().exit, ProofExit::kProven);
}

TEST_F(LogExportTest, BytesOfOtherAudiencesLieApartAndForTheirOwnerAlone) {
  AddMixed("x");
  source_.Of("br").leaves[0].states[2] = v1::SLOT_STATE_WITHHELD;
  AddMixed("y");
  source_.Finish("br", {"in", "ru"});
  const ExportedLog exported = ExportOne();
  EXPECT_EQ(exported.records.everyone, 2U);
  EXPECT_EQ(exported.records.restricted, 3U);
  EXPECT_EQ(exported.records.withheld, 1U);
  EXPECT_THAT(Read("records/000.p/2"), HasSubstr("meetings/x-a"));
  for (const char* secret : {"meetings/x-b", "meetings/x-c", "meetings/y-b", "meetings/y-c"}) {
    EXPECT_THAT(Read("records/000.p/2"), ::testing::Not(HasSubstr(secret)));
  }
  EXPECT_THAT(Read("restricted/000.p/2"), HasSubstr("meetings/y-c"));
  EXPECT_THAT(Read("restricted/000.p/2"), ::testing::Not(HasSubstr("meetings/x-c")));
  EXPECT_EQ(fs::status(File("restricted")).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(File("restricted/000.p/2")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  LogVerdict verdict = AuditFolder();
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.slots[v1::SLOT_STATE_PRESENT], 5U);
  EXPECT_EQ(verdict.slots[v1::SLOT_STATE_WITHHELD], 1U);
  // Who mirrors the public part has the rest withheld.
  fs::remove_all(File("restricted"));
  verdict = AuditFolder();
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.slots[v1::SLOT_STATE_PRESENT], 2U);
  EXPECT_EQ(verdict.slots[v1::SLOT_STATE_WITHHELD], 4U);
}

TEST_F(LogExportTest, WhoseBytesAreExportedIsChosenOnce) {
  AddMixed("x");
  source_.Finish("br", {"in", "ru"});
  const ExportedLog exported = ExportOne(RecordsToExport::kEveryone);
  EXPECT_EQ(exported.records.everyone, 1U);
  EXPECT_EQ(exported.records.kept_back, 2U);
  EXPECT_FALSE(Has("restricted"));
  AddMixed("y");
  source_.Finish("br", {"in", "ru"});
  EXPECT_THAT(Export(RecordsToExport::kAll)->front().status, HasReason(Reason::BAD_REQUEST));
  EXPECT_THAT(Export(RecordsToExport::kNone)->front().status, HasReason(Reason::BAD_REQUEST));
  EXPECT_EQ(ExportOne(RecordsToExport::kEveryone).size, 2U);
  EXPECT_EQ(AuditFolder().exit, ProofExit::kProven);
}

TEST_F(LogExportTest, TilesAloneCanBeExportedAndAudited) {
  Grow(3);
  ExportOne(RecordsToExport::kNone);
  EXPECT_FALSE(Has("records"));
  const LogVerdict verdict = AuditFolder();
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_FALSE(verdict.has_records);
  EXPECT_EQ(verdict.counts.record_bytes, 0U);
}

TEST_F(LogExportTest, BytesThatWereRedactedSinceAreTakenOut) {
  Grow(300);
  ExportOne();
  const std::string name = "meetings/m-7\x18";
  ASSERT_THAT(Read("records/000"), HasSubstr(name));
  source_.Of("br").leaves.push_back(
      {NewLeaf(world_, "br", 1, {{RedactionBytes(world_, "br", "r", {{1, 7, 0}}), 1, true}}), {}});
  source_.Finish("br", {"in", "ru"});
  // The node has not erased them yet, and says so.
  EXPECT_EQ(ExportOne().still_shown, 1U);
  EXPECT_THAT(Read("records/000"), HasSubstr(name));
  source_.Of("br").leaves[7].states[0] = v1::SLOT_STATE_REDACTED;
  Grow(302);
  const ExportedLog exported = ExportOne();
  EXPECT_EQ(exported.still_shown, 0U);
  EXPECT_EQ(exported.records.redacted, 1U);
  EXPECT_THAT(Read("records/000"), ::testing::Not(HasSubstr(name)));
  const LogVerdict verdict = AuditFolder();
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.slots[v1::SLOT_STATE_REDACTED], 1U);
}

TEST_F(LogExportTest, ARefreshAsksForEveryRecordAgain) {
  Grow(300);
  source_.Of("br").leaves[9].states[0] = v1::SLOT_STATE_MISSING;
  EXPECT_EQ(ExportOne().records.missing, 1U);
  source_.Of("br").leaves[9].states.clear();
  source_.Of("br").leaves[299].states[0] = v1::SLOT_STATE_REDACTED;
  EXPECT_EQ(ExportOne().files, 0U);
  const ExportedLog exported = ExportOne(RecordsToExport::kAll, /*refresh=*/true);
  EXPECT_EQ(exported.records.missing, 0U);
  EXPECT_EQ(exported.records.redacted, 1U);
  const LogVerdict verdict = AuditFolder();
  EXPECT_EQ(verdict.exit, ProofExit::kProven);
  EXPECT_EQ(verdict.slots[v1::SLOT_STATE_PRESENT], 299U);
}

TEST_F(LogExportTest, SeveralLogsLieBesideEachOther) {
  Grow(3);
  source_.AddMeeting("in", "a");
  source_.Finish("in", {"br", "cn"});
  source_.Of("cn");  // holds nothing yet, and has no checkpoint
  source_.AddMeeting("ru", "a");
  source_.Of("ru").head.size = 1;  // nobody has signed it
  const auto exported = Export();
  ASSERT_OK(exported);
  ASSERT_EQ(exported->size(), 4U);
  for (const ExportedLog& log : *exported) {
    if (log.origin == world_.Origin("ru")) {
      EXPECT_THAT(log.status, HasReason(Reason::NOT_FINAL));
    } else {
      EXPECT_OK(log.status) << log.origin;
    }
  }
  FolderSource folder(Dir());
  const std::vector<LogVerdict> verdicts = AuditAll(folder);
  ASSERT_EQ(verdicts.size(), 2U);
  EXPECT_EQ(verdicts[0].exit, ProofExit::kProven);
  EXPECT_EQ(verdicts[1].exit, ProofExit::kProven);
}

TEST_F(LogExportTest, TheFirstFinalCheckpointOfEachRosterVersionIsKept) {
  Grow(2);
  ExportOne();
  v1::Roster next = world_.NextRoster();
  for (const char* code : {"eg", "et", "ir", "ae"}) world_.AddMember(next, code);
  next.set_threshold(5);
  world_.Adopt(next);
  for (const char* code : {"eg", "et", "ir", "ae"}) world_.AdoptCard(world_.NextCard(code));
  source_.AddMeeting("br", "by-the-new-roster");
  source_.Finish("br", {"in", "ru", "eg", "et", "ir"});
  ExportOne();
  EXPECT_TRUE(Has("checkpoints/2"));
  EXPECT_TRUE(Has("checkpoints/3"));
  // From now on the old roster has no say: one of its peers is enough.
  source_.AddMeeting("br", "later");
  source_.Finish("br", {"in", "eg", "et", "ir", "ae"});
  ExportOne();
  EXPECT_FALSE(Has("checkpoints/4"));
  EXPECT_EQ(AuditFolder().exit, ProofExit::kProven);
  fs::remove(File("checkpoints/3"));
  const LogVerdict verdict = AuditFolder();
  EXPECT_EQ(verdict.exit, ProofExit::kDisproved);
  EXPECT_THAT(verdict.reasons.front(), HasReason(Reason::NOT_FINAL));
}

}  // namespace
}  // namespace plenary::cli::testing
