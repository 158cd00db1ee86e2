#include "tests/node/view_fixture.h"

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/names.h"
#include "ledger/view_digest.h"

namespace plenary::node {
namespace {

uint64_t next_salt = 0;

plenary::v1::Record RecordOf(absl::string_view name, uint64_t revision,
                             const TestRecord* previous) {
  plenary::v1::Record record;
  record.set_schema(1);
  record.set_name(std::string(name));
  record.set_revision(revision);
  if (previous != nullptr) record.set_previous(previous->digest());
  record.set_salt(std::string(Sha256(absl::StrCat(++next_salt)).view().substr(0, 16)));
  return record;
}

}  // namespace

std::string MeetingName(absl::string_view member, absl::string_view id) {
  return absl::StrCat("members/", member, "/meetings/", id);
}

TestRecord Meeting(absl::string_view member, absl::string_view id, uint64_t revision,
                   const TestRecord* previous, absl::string_view title) {
  plenary::v1::Record record = RecordOf(MeetingName(member, id), revision, previous);
  record.mutable_meeting()->set_title(std::string(title));
  TestRecord made;
  made.bytes = record.SerializeAsString();
  return made;
}

TestRecord RedactionOf(absl::string_view member, absl::string_view id, absl::string_view origin,
                       std::vector<std::pair<uint64_t, uint32_t>> entries) {
  plenary::v1::Record record =
      RecordOf(absl::StrCat("members/", member, "/redactions/", id), 1, nullptr);
  record.mutable_redaction()->set_legal_basis("law");
  for (const auto& [index, entry] : entries) {
    plenary::v1::EntryRef& ref = *record.mutable_redaction()->add_entries();
    ref.set_origin(std::string(origin));
    ref.set_index(index);
    ref.set_entry(entry);
  }
  TestRecord made;
  made.bytes = record.SerializeAsString();
  made.permanent = true;
  return made;
}

TestRecord Text(absl::string_view member, absl::string_view id, uint64_t revision,
                const TestRecord* previous) {
  plenary::v1::Record record =
      RecordOf(absl::StrCat("members/", member, "/declarations/", id), revision, previous);
  record.mutable_declaration()->set_status("tabled");
  record.mutable_declaration()->add_endorsers(std::string(member));
  TestRecord made;
  made.bytes = record.SerializeAsString();
  made.permanent = true;
  return made;
}

TestRecord Position(absl::string_view member, absl::string_view id, const TestRecord& text,
                    absl::string_view position, uint64_t revision, const TestRecord* previous) {
  plenary::v1::Record named;
  CHECK(named.ParseFromString(text.bytes));
  plenary::v1::Record record =
      RecordOf(absl::StrCat("members/", member, "/endorsements/", id), revision, previous);
  record.mutable_endorsement()->set_position(std::string(position));
  record.mutable_endorsement()->mutable_text()->set_name(named.name());
  record.mutable_endorsement()->mutable_text()->set_digest(text.digest());
  TestRecord made;
  made.bytes = record.SerializeAsString();
  made.permanent = true;
  return made;
}

void ViewTest::SetUp() {
  ASSERT_THAT(Open(true), IsOk());
  NewView();
}

void ViewTest::NewView(const std::string& member) {
  LoopScope on_the_loop;
  view_ = std::make_unique<View>(*store_, member);
  ASSERT_THAT(view_->Load(), IsOk());
}

TestLeaf ViewTest::Commit(absl::string_view code, std::vector<TestRecord> records,
                          uint64_t epoch) const {
  CommitDraft draft;
  draft.origin = world_.Origin(code, epoch);
  draft.roster = {world_.roster().version(), world_.roster().digest()};
  draft.card = {world_.card(code).version(), world_.card(code).digest()};
  for (const TestRecord& record : records) {
    Audience audience = Audience::Members(code);
    if (record.everyone) audience = Audience::Everyone(code);
    if (!record.list.empty()) {
      audience = Audience::List(code, {record.list.begin(), record.list.end()});
    }
    draft.records.push_back({record.bytes, audience, record.permanent});
  }
  const Signer* author = &world_.Author(code);
  const auto made = MakeCommit(draft, {author});
  CHECK_OK(made);
  return {made->leaf, std::move(records)};
}

uint64_t ViewTest::Append(absl::string_view code, const TestLeaf& leaf, uint64_t epoch) {
  const std::string origin = world_.Origin(code, epoch);
  std::vector<TestLeaf>& log = logs_[origin];
  const uint32_t number =
      numbers_.emplace(origin, static_cast<uint32_t>(numbers_.size() + 1)).first->second;
  const uint64_t index = log.size();
  const absl::Status written = Write([&](Changes& changes) {
    const BranchLeaf at{number, 0, index};
    changes.PutLeaf(at, leaf.envelope);
    for (uint32_t i = 0; i < leaf.records.size(); ++i) {
      const TestRecord& record = leaf.records[i];
      const auto absent =
          record.list.empty() ? plenary::v1::SLOT_STATE_MISSING : plenary::v1::SLOT_STATE_WITHHELD;
      changes.PutSlot(at, i, record.here ? plenary::v1::SLOT_STATE_PRESENT : absent,
                      record.here ? record.bytes : "");
    }
    nodev1::LogRecord row;
    row.set_origin(origin);
    row.set_number(number);
    row.add_segments();
    row.set_size(index + 1);
    row.set_signed_size(index + 1);
    changes.PutLog(row);
  });
  CHECK_OK(written);
  log.push_back(leaf);
  return index;
}

void ViewTest::Arrive(absl::string_view code, uint64_t index, uint32_t entry) {
  const std::string origin = world_.Origin(code);
  TestRecord& record = logs_.at(origin).at(index).records.at(entry);
  record.here = true;
  CHECK_OK(Write([&](Changes& changes) {
    changes.PutSlot({numbers_.at(origin), 0, index}, entry, plenary::v1::SLOT_STATE_PRESENT,
                    record.bytes);
  }));
  view_->SlotsChanged();
}

std::vector<LogExtent> ViewTest::Extents() const {
  std::vector<LogExtent> extents;
  for (const auto& [origin, leaves] : logs_) {
    LogExtent extent{origin, numbers_.at(origin), {{0, 0}}, leaves.size(), leaves.size()};
    const auto tail = unsigned_.find(origin);
    if (tail != unsigned_.end()) extent.signed_size -= tail->second;
    extents.push_back(std::move(extent));
  }
  return extents;
}

sync::Trust ViewTest::TrustOf(const World& world) {
  sync::Trust trust(world.rosters());
  for (const std::string& code : world.codes()) {
    const CardChain& cards = world.cards(code);
    for (uint64_t version = 1; version <= cards.size(); ++version) {
      CHECK_OK(trust.AddCard(cards.Find(version)->envelope()));
    }
  }
  return trust;
}

absl::Status ViewTest::Apply(uint64_t step) { return ApplyWith(Trust(), step); }

absl::Status ViewTest::ApplyWith(const sync::Trust& trust, uint64_t step) {
  LoopScope on_the_loop;
  while (true) {
    const auto more = view_->Apply(Extents(), trust, step);
    if (!more.ok() || !*more) return more.status();
  }
}

Digest ViewTest::Shown() const {
  const auto digest = ViewReader(*store_).Digest();
  CHECK_OK(digest);
  return *digest;
}

Digest ViewTest::Judged(const Sight& sight) const {
  TrustBook book(world_.rosters());
  for (const std::string& code : world_.codes()) {
    const CardChain& cards = world_.cards(code);
    for (uint64_t version = 1; version <= cards.size(); ++version) {
      book.AddCard(*cards.Find(version));
    }
  }
  std::vector<LogToJudge> logs;
  for (const LogExtent& extent : Extents()) {
    LogToJudge& log = logs.emplace_back();
    log.origin = extent.origin;
    for (uint64_t i = 0; i < extent.signed_size; ++i) {
      const TestLeaf& leaf = logs_.at(extent.origin)[i];
      LeafToJudge& to_judge = log.leaves.emplace_back();
      to_judge.envelope = leaf.envelope;
      for (const TestRecord& record : leaf.records) {
        to_judge.records.push_back(record.here ? std::optional<std::string>(record.bytes)
                                               : std::nullopt);
      }
    }
  }
  const auto judged = JudgeLogs(book, sight, logs);
  CHECK_OK(judged);
  return DigestOf(*judged, sight);
}

ShownEntry ViewTest::Get(absl::string_view name) const {
  const auto shown = ViewReader(*store_).GetRecord(name);
  CHECK_OK(shown);
  return *shown;
}

ShownEntry ViewTest::At(absl::string_view code, uint64_t index, uint32_t entry) const {
  const auto shown = ViewReader(*store_).EntryAt(world_.Origin(code), index, entry);
  CHECK_OK(shown);
  return *shown;
}

}  // namespace plenary::node
