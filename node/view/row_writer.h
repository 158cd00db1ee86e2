// Writes down as rows what a judge says.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "ledger/judge.h"
#include "node/view/member_logs.h"
#include "node/view/rows.h"
#include "node/view/view_draft.h"

namespace plenary::node {

// The rows of one member. A call back cannot fail, so what went wrong is kept: ask status() after
// each call of the judge, and forget the draft if it is not OK. Loop only.
class RowWriter final : public JudgementSink {
 public:
  // All outlive the writer.
  RowWriter(absl::string_view member, const Reader& reader, const MemberLogs& logs,
            ViewDraft& draft)
      : member_(member), reader_(reader), logs_(logs), draft_(draft) {}

  // Before the judge is given a leaf: its slots, and whether it has rows already.
  void Begin(absl::Span<const SlotView> slots, bool again);
  // Before the judge is given the bytes of an entry that had none.
  void BeginLate() { late_ = true; }
  // After the last call: makes the current revisions right.
  absl::Status Finish();

  absl::Status status() const { return status_; }
  // Entries whose bytes are to be erased, since the last time this was asked.
  std::vector<EntryPlace> TakeErased() { return std::exchange(erased_, {}); }

  void OnLeaf(LeafPlace place, const LeafView* leaf, const LeafOutcome& outcome) override;
  void OnEntry(const EntryReport& report) override;
  void OnChanged(EntryPlace place, const Judgement& judgement) override;
  void OnRedacted(EntryPlace target, EntryPlace redaction) override;

 private:
  void Keep(const absl::Status& status) {
    if (status_.ok()) status_ = status;
  }
  RowPlace PlaceOf(EntryPlace place) const;
  absl::Status Report(const EntryReport& report);
  absl::Status Change(EntryPlace place, const Judgement* judgement);
  // Leaf and record of an entry whose bytes were good enough to count.
  struct Stored;
  absl::StatusOr<std::unique_ptr<Stored>> ReadStored(EntryPlace place);
  // Puts the entry of `row` into the index if it is an endorsement that counts. It stays there if
  // another entry stands in its place later: a member cannot unsay what it has agreed to.
  absl::Status IndexEndorsement(EntryPlace place, const nodev1::ViewRow& row);
  // The row that an entry has: beside the verdicts, or, as it counts, as its bytes say.
  absl::StatusOr<nodev1::ViewRow> RowAt(EntryPlace place);
  absl::StatusOr<std::optional<nodev1::ViewRow>> VerdictRow(RowPlace place);
  absl::Status Write(const nodev1::ViewRow& row, const nodev1::ViewRow* before);
  absl::Status WriteCurrent(const nodev1::ViewRow& row);

  const std::string member_;
  const Reader& reader_;
  const MemberLogs& logs_;
  ViewDraft& draft_;
  absl::Status status_;
  std::vector<EntryPlace> erased_;
  std::set<std::string> fallen_;  // names whose current revision may stand no more

  // The leaf at hand.
  absl::Span<const SlotView> slots_;
  bool again_ = false;
  bool late_ = false;
  std::string identity_;
  const ManifestView* manifest_ = nullptr;
};

}  // namespace plenary::node
