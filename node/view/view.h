// The view: what the signed parts of all logs say now, kept in the store behind the log.
//
// Derived data: written without fsync in batches of its own, never newer than the log, rebuilt at
// any time to the same digest (docs/FORMATS.md, section 7). Judging is ledger's (judge.h); this
// file keeps the judge's memory and the indexes in the store's view families.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ledger/commit.h"
#include "ledger/judge.h"
#include "ledger/judging_overlay.h"
#include "ledger/trust_book.h"
#include "node/loop_role.h"
#include "node/store/store.h"
#include "node/view/member_logs.h"
#include "node/view/state.h"
#include "node/view/view_draft.h"
#include "sync/trust.h"

namespace plenary::node {

class RowWriter;

// A log as the view reads it.
struct LogExtent {
  std::string origin;
  uint32_t number = 0;
  std::vector<std::pair<uint64_t, uint32_t>> segments;  // (from, branch), ascending
  uint64_t signed_size = 0;                             // of the newest verified checkpoint held
  uint64_t size = 0;
};

// Applies signed leaves. Loop only.
class View {
 public:
  // `store` outlives the view. `member` is this node's: it decides which audiences are in sight.
  View(Store& store, std::string member);
  ~View();

  // Reads how far the view has come. A view of another format is forgotten by the next Apply. Fails
  // with STORE_DAMAGED.
  absl::Status Load() ABSL_EXCLUSIVE_LOCKS_REQUIRED(loop_role);
  // Applies at most about `max_leaves` of what the logs have beyond what is applied, in one write.
  // What a redaction that counts names is erased in the same write. True if there is more. Fails
  // with DISK or STORE_DAMAGED; then nothing has changed.
  absl::StatusOr<bool> Apply(const std::vector<LogExtent>& logs, const sync::Trust& trust,
                             uint64_t max_leaves) ABSL_EXCLUSIVE_LOCKS_REQUIRED(loop_role);
  // A roster or card came: what was unjudged is looked at again by the next Apply.
  void TrustChanged() { trust_changed_ = true; }
  // Bytes came for entries that were missing: the next Apply looks which.
  void SlotsChanged() { slots_changed_ = true; }
  // Forgets everything; Apply builds it anew.
  absl::Status Clear() ABSL_EXCLUSIVE_LOCKS_REQUIRED(loop_role);
  // Leaves applied, by origin.
  const std::map<std::string, uint64_t>& sizes() const { return sizes_; }
  // Leaves of which an entry's bytes were erased, since the last time this was asked, at first
  // those that an earlier run left: the caller purges them (Store::PurgeSlots), then drops the mark
  // that was written with the erasure (Changes::DropPurge).
  std::vector<BranchLeaf> TakeErased() { return std::exchange(erased_, {}); }
  // Were the verdicts on the own member's logs forgotten since the last time this was asked? Then
  // the tail is to be rebuilt (TailJudge::Rebuild).
  bool TakeOwnForgotten() { return std::exchange(own_forgotten_, false); }

 private:
  // One Apply at work.
  struct Work;
  struct Member;

  absl::Status SetSight(const sync::Trust& trust) ABSL_EXCLUSIVE_LOCKS_REQUIRED(loop_role);
  absl::Status ApplyMember(Member& member, Work& work);
  absl::Status FollowTrust(Member& member, MemberJudge& judge, ViewDraft& draft, bool& anew);
  absl::Status Feed(Member& member, MemberJudge& judge, RowWriter& rows, Work& work);
  absl::StatusOr<bool> FeedLate(Member& member, MemberJudge& judge, ViewDraft& draft,
                                RowWriter& rows);
  absl::Status Forget(Member& member, ViewDraft& draft);
  absl::Status Flush(Work& work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(loop_role);

  Store& store_;
  const std::string member_;
  bool trust_changed_ = true;
  bool slots_changed_ = true;
  bool fresh_ = true;  // nothing is in the store
  bool own_forgotten_ = false;
  std::string sight_;
  std::optional<TrustBook> book_;
  std::map<std::string, nodev1::ViewLog> logs_;  // by origin
  std::map<std::string, uint64_t> sizes_;
  std::vector<BranchLeaf> erased_;
};

// Judges what is submitted as the next leaf of the own log, on top of the view and of the own tail.
// Loop only.
class TailJudge {
 public:
  TailJudge(const Store& store, std::string member);
  ~TailJudge();

  // Starts from what the view has applied of the own logs, then takes the leaves from there to
  // `own.size`. Call after a recovery, when trust grew, when the view was cleared, and when the
  // tail changed otherwise. Fails with DISK or STORE_DAMAGED; then Take must wait for another
  // Rebuild.
  absl::Status Rebuild(const LogExtent& own, const sync::Trust& trust);
  // Would the commit count, and each of its records, as the next leaf (of index `index`)? If so
  // takes it in; else nothing has changed. Records for a list are judged by themselves only: which
  // revision stands is for those who see the list. Fails with the reason of the leaf or the first
  // record that would not count; STALE_REVISION (with the current revision in the text and
  // metadata) where `previous` or revision do not fit; MANIFEST_MISMATCH if the records are not as
  // many as the entries; WRONG_ORIGIN if the log is not the one of the last Rebuild.
  absl::Status Take(absl::string_view origin, uint64_t index, absl::string_view envelope,
                    const std::vector<std::string>& records);

 private:
  // What lies below the tail: the view's state, or nothing while the view's is of another trust.
  class Base;
  class TailBytes;
  class Answers;

  absl::Status ReadLogs(const LogExtent& own);
  // Where to go on: epoch → index. Sets what lies below.
  absl::StatusOr<std::map<uint64_t, uint64_t>> FindStart(std::optional<MemberJudge>& judge);
  absl::StatusOr<std::optional<nodev1::ViewLog>> ViewLogOf(const std::string& origin) const;
  absl::StatusOr<bool> ViewIsOfThisTrust() const;
  absl::Status Prune();
  absl::Status Stale(absl::string_view name, uint64_t asked);

  const Store& store_;
  const std::string member_;
  std::optional<TrustBook> book_;
  std::string mark_;
  std::string sight_;
  MemberLogs logs_;
  uint64_t epoch_ = 0;
  std::unique_ptr<TailBytes> bytes_;
  std::unique_ptr<ViewDraft> draft_;  // stays empty
  std::unique_ptr<DraftState> stored_;
  std::unique_ptr<Base> base_;
  // Two layers, so that the older one can go once the view has everything that is in it.
  std::unique_ptr<JudgingOverlay> older_;
  std::unique_ptr<JudgingOverlay> newer_;
  uint64_t older_end_ = 0;  // leaves of the own log up to which older_ holds changes
  bool older_empty_ = true;
  uint64_t taken_ = 0;  // leaves in newer_
};

}  // namespace plenary::node
