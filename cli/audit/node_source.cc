#include "cli/audit/node_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "ledger/tiles.h"

namespace plenary::cli {
namespace {

// The node cuts pages at 4 MiB by itself.
constexpr int kLeavesPerPage = 10'000;
constexpr int kLogsPerPage = 1'000;
// No federation has more; a node that goes on for ever is stopped here.
constexpr size_t kMaxVersions = 100'000;
constexpr size_t kMaxEvidence = 100'000;

absl::Status Breaks(const Client& client, absl::string_view what) {
  return MakeError(Reason::PROTOCOL_ERROR, absl::StrCat("node at ", client.address(), ": ", what));
}

// Pages of leaves, one call after the other.
class PageReader final : public LeafReader {
 public:
  PageReader(Client& client, std::string origin, uint64_t from, uint64_t to, bool omit_records)
      : client_(client),
        origin_(std::move(origin)),
        next_(from),
        to_(to),
        omit_records_(omit_records) {}

  absl::StatusOr<LeafRun> Next() override {
    LeafRun run;
    if (next_ >= to_) return run;
    v1::ListLeavesRequest request;
    request.set_origin(origin_);
    request.set_from(next_);
    request.set_omit_records(omit_records_);
    request.set_page_size(
        static_cast<int>(std::min<uint64_t>(to_ - next_, uint64_t{kLeavesPerPage})));
    ASSIGN_OR_RETURN(auto answer, client_.Call(request));
    const auto page = std::make_shared<v1::ListLeavesResponse>(std::move(answer));
    if (page->leaves().empty()) {
      return MakeError(Reason::LOG_SHORTER,
                       absl::StrCat("log ", origin_, ": expected ", to_,
                                    " leaves as its checkpoint says, the node shows ", next_),
                       {{"origin", origin_}});
    }
    for (const v1::Leaf& leaf : page->leaves()) {
      if (next_ == to_) break;
      if (leaf.index() != next_) {
        return Breaks(client_, absl::StrCat("log ", origin_, ": expected leaf ", next_, ", got ",
                                            leaf.index()));
      }
      run.leaves.push_back(Shown(leaf));
      ++next_;
    }
    run.owner = page;
    return run;
  }

 private:
  static SourceLeaf Shown(const v1::Leaf& leaf) {
    SourceLeaf shown;
    shown.envelope = leaf.envelope();
    const auto count = static_cast<size_t>(leaf.slots_size());
    shown.states.reserve(count);
    shown.slots.resize(count);
    for (size_t i = 0; i < count; ++i) {
      const v1::Slot& slot = leaf.slots(static_cast<int>(i));
      shown.states.push_back(slot.state());
      if (slot.state() == v1::SLOT_STATE_PRESENT) shown.slots[i].bytes = slot.record();
    }
    return shown;
  }

  Client& client_;
  const std::string origin_;
  uint64_t next_;
  const uint64_t to_;
  const bool omit_records_;
};

}  // namespace

std::string NodeSource::Name() const { return absl::StrCat("the node at ", client_.address()); }

absl::StatusOr<std::vector<std::string>> NodeSource::Rosters() {
  std::vector<std::string> rosters;
  v1::ListRostersRequest request;
  do {
    ASSIGN_OR_RETURN(auto answer, client_.Call(request));
    for (v1::RosterVersion& roster : *answer.mutable_rosters()) {
      rosters.push_back(std::move(*roster.mutable_envelope()));
    }
    if (rosters.size() > kMaxVersions) return Breaks(client_, "its rosters have no end");
    request.set_page_token(answer.next_page_token());
  } while (!request.page_token().empty());
  return rosters;
}

absl::StatusOr<std::vector<std::string>> NodeSource::CardsOf(const std::string& member) {
  std::vector<std::string> cards;
  v1::ListCardsRequest request;
  request.set_member(member);
  do {
    auto answer = client_.Call(request);
    if (ReasonOf(answer.status()) == Reason::NOT_FOUND) return cards;
    if (!answer.ok()) return answer.status();
    for (v1::CardVersion& card : *answer->mutable_cards()) {
      cards.push_back(std::move(*card.mutable_envelope()));
    }
    if (cards.size() > kMaxVersions) return Breaks(client_, "its cards have no end");
    request.set_page_token(answer->next_page_token());
  } while (!request.page_token().empty());
  return cards;
}

absl::StatusOr<certs::TrustFiles> NodeSource::Trust() {
  certs::TrustFiles files;
  ASSIGN_OR_RETURN(files.rosters, Rosters());
  const RosterChain& own = own_.rosters;
  for (size_t i = 0; i < files.rosters.size() && i < own.size(); ++i) {
    if (files.rosters[i] == own.Find(i + 1)->envelope()) continue;
    ASSIGN_OR_RETURN(const Roster theirs, Roster::Parse(files.rosters[i]));
    if (theirs.digest() == own.Find(i + 1)->digest()) continue;
    return MakeError(
        Reason::SECOND_OF_VERSION,
        absl::StrCat("roster ", i + 1, ": trusted here is the one with digest ",
                     own.Find(i + 1)->digest().Hex(), ", the node shows ", theirs.digest().Hex()));
  }
  for (uint64_t version = files.rosters.size() + 1; version <= own.size(); ++version) {
    files.rosters.emplace_back(own.Find(version)->envelope());
  }
  if (files.rosters.empty()) return Breaks(client_, "it shows no roster");
  ASSIGN_OR_RETURN(const Roster newest, Roster::Parse(files.rosters.back()));
  for (const v1::Member& member : newest.payload().members()) {
    ASSIGN_OR_RETURN(auto cards, CardsOf(member.code()));
    if (!cards.empty()) files.cards[member.code()] = std::move(cards);
  }
  return files;
}

absl::StatusOr<std::string> NodeSource::NoteOf(const std::string& origin, v1::CheckpointKind kind) {
  v1::GetCheckpointRequest request;
  request.set_origin(origin);
  request.set_kind(kind);
  auto answer = client_.Call(request);
  if (ReasonOf(answer.status()) == Reason::NOT_FINAL) return std::string();
  if (!answer.ok()) return answer.status();
  return answer->note();
}

absl::StatusOr<std::vector<LogHead>> NodeSource::Logs() {
  std::vector<LogHead> heads;
  v1::ListLogsRequest request;
  request.set_page_size(kLogsPerPage);
  do {
    ASSIGN_OR_RETURN(const auto answer, client_.Call(request));
    for (const v1::LogState& log : answer.logs()) {
      LogHead head;
      head.origin = log.origin();
      // The final one first: the newest one is then never the smaller.
      ASSIGN_OR_RETURN(head.checkpoint, NoteOf(log.origin(), v1::CHECKPOINT_KIND_FINAL));
      ASSIGN_OR_RETURN(head.newest, NoteOf(log.origin(), v1::CHECKPOINT_KIND_NEWEST));
      head.size = log.size();
      heads.push_back(std::move(head));
    }
    if (heads.size() > kMaxVersions) return Breaks(client_, "its logs have no end");
    request.set_page_token(answer.next_page_token());
  } while (!request.page_token().empty());
  return heads;
}

absl::StatusOr<std::vector<std::string>> NodeSource::Evidence() {
  std::vector<std::string> files;
  v1::ListEvidenceRequest request;
  do {
    ASSIGN_OR_RETURN(const auto answer, client_.Call(request));
    for (const v1::EvidenceSummary& summary : answer.evidence()) {
      v1::GetEvidenceRequest one;
      one.set_digest(summary.digest());
      ASSIGN_OR_RETURN(auto file, client_.Call(one));
      files.push_back(std::move(*file.mutable_evidence()));
    }
    if (files.size() > kMaxEvidence) return Breaks(client_, "its evidence has no end");
    request.set_page_token(answer.next_page_token());
  } while (!request.page_token().empty());
  return files;
}

absl::StatusOr<std::unique_ptr<LeafReader>> NodeSource::Open(const LogHead& log, uint64_t from,
                                                             uint64_t to) {
  return std::make_unique<PageReader>(client_, log.origin, from, to, !log.has_records);
}

absl::StatusOr<std::vector<std::string>> NodeSource::ReadGroup(const LogHead& log, uint64_t group,
                                                               uint64_t to) {
  PageReader reader(client_, log.origin, group * kTileWidth, to, /*omit_records=*/true);
  std::vector<std::string> leaves;
  while (true) {
    ASSIGN_OR_RETURN(const LeafRun run, reader.Next());
    if (run.leaves.empty()) return leaves;
    for (const SourceLeaf& leaf : run.leaves) leaves.emplace_back(leaf.envelope);
  }
}

absl::StatusOr<std::optional<std::string>> NodeSource::ReadRecord(const LogHead& log,
                                                                  uint64_t index, uint32_t entry) {
  PageReader reader(client_, log.origin, index, index + 1, /*omit_records=*/false);
  ASSIGN_OR_RETURN(const LeafRun run, reader.Next());
  const SourceLeaf& leaf = run.leaves.front();
  if (entry >= leaf.slots.size() || !leaf.slots[entry].bytes.has_value()) return std::nullopt;
  return std::string(*leaf.slots[entry].bytes);
}

}  // namespace plenary::cli
