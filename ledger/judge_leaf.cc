#include "ledger/judge_leaf.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary {
namespace {

absl::Status Leaf(Reason reason, absl::string_view what) {
  return MakeError(reason, absl::StrCat("leaf: ", what));
}

absl::Status WentBack(const NamedVersions& before, const ManifestView& manifest) {
  return MakeError(
      Reason::WENT_BACK,
      absl::StrCat("leaf: expected roster ", before.roster, " and card ", before.card,
                   " or later, got ", manifest.roster.version, " and ", manifest.card.version),
      {{"roster", absl::StrCat(before.roster)}, {"card", absl::StrCat(before.card)}});
}

// The roster's limits, against what the manifest says. Texts are the entries' affair.
absl::Status CheckLimits(const LeafView& leaf, const EffectiveLimits& limits) {
  uint64_t together = 0;
  uint64_t largest = 0;
  for (const ManifestEntry& entry : leaf.manifest.entries) {
    together += entry.size;
    largest = std::max<uint64_t>(largest, entry.size);
  }
  const auto over = [](absl::string_view what, uint64_t got, uint64_t limit) {
    return Leaf(Reason::OVER_LIMIT,
                absl::StrCat(what, ": the roster allows ", limit, ", got ", got));
  };
  if (leaf.manifest.entries.size() > limits.entries) {
    return over("entries", leaf.manifest.entries.size(), limits.entries);
  }
  if (largest > limits.record_bytes) return over("record bytes", largest, limits.record_bytes);
  if (together > limits.commit_bytes) return over("commit bytes", together, limits.commit_bytes);
  if (leaf.bytes > limits.leaf_bytes) return over("leaf bytes", leaf.bytes, limits.leaf_bytes);
  return absl::OkStatus();
}

absl::Status CheckEpoch(uint64_t epoch, const Card& card) {
  const auto* log = card.FindEpoch(epoch);
  if (log == nullptr) {
    return Leaf(Reason::UNKNOWN_EPOCH, absl::StrCat("card ", card.version(), " of ", card.member(),
                                                    " names no epoch ", epoch));
  }
  if (log->closed) {
    return Leaf(Reason::EPOCH_CLOSED, absl::StrCat("card ", card.version(), " of ", card.member(),
                                                   " closes epoch ", epoch));
  }
  return absl::OkStatus();
}

absl::Status CheckOwner(absl::string_view member, const Roster& roster) {
  const v1::MemberStatus status = roster.StatusOf(member);
  if (status == v1::MEMBER_STATUS_FULL || status == v1::MEMBER_STATUS_OBSERVER) {
    return absl::OkStatus();
  }
  return Leaf(Reason::MEMBER_NOT_IN_FORCE,
              absl::StrCat("expected ", member, " as full member or observer in roster ",
                           roster.version()));
}

}  // namespace

std::string LeafProgress::Serialize() const {
  std::string bytes;
  const auto put_place = [&bytes](const std::optional<LeafPlace>& place) {
    bytes.push_back(place.has_value() ? 1 : 0);
    AppendBigEndian64(place.has_value() ? place->epoch : 0, bytes);
    AppendBigEndian64(place.has_value() ? place->index : 0, bytes);
  };
  const auto put_named = [&bytes](const NamedVersions& versions) {
    AppendBigEndian64(versions.roster, bytes);
    AppendBigEndian64(versions.card, bytes);
  };
  put_place(last);
  put_place(waiting);
  put_place(before_waiting);
  put_named(named);
  put_named(named_before_waiting);
  bytes.push_back(waits_for_version ? 1 : 0);
  return bytes;
}

absl::StatusOr<LeafProgress> LeafProgress::Parse(absl::string_view bytes) {
  constexpr size_t kPlaceBytes = 17;
  constexpr size_t kNamedBytes = 16;
  LeafProgress progress;
  if (bytes.size() != 3 * kPlaceBytes + 2 * kNamedBytes + 1) {
    return MakeError(Reason::BAD_ENCODING,
                     absl::StrCat("progress of judging: got ", bytes.size(), " bytes"));
  }
  const auto take_place = [&bytes] {
    std::optional<LeafPlace> place;
    if (bytes[0] != 0) {
      place = LeafPlace{ReadBigEndian64(bytes.substr(1)), ReadBigEndian64(bytes.substr(9))};
    }
    bytes.remove_prefix(kPlaceBytes);
    return place;
  };
  const auto take_named = [&bytes] {
    const NamedVersions versions{ReadBigEndian64(bytes), ReadBigEndian64(bytes.substr(8))};
    bytes.remove_prefix(kNamedBytes);
    return versions;
  };
  progress.last = take_place();
  progress.waiting = take_place();
  progress.before_waiting = take_place();
  progress.named = take_named();
  progress.named_before_waiting = take_named();
  progress.waits_for_version = bytes[0] != 0;
  return progress;
}

absl::StatusOr<Authors> FindAuthors(const LeafView& leaf, const Roster& roster, const Card& card) {
  Authors authors;
  for (const absl::string_view signer : leaf.manifest.signers) {
    ASSIGN_OR_RETURN(const Digest fingerprint, Digest::FromBytes(signer));
    const AuthorKey* author = card.FindAuthor(fingerprint);
    const auto bad = [&](Reason reason, absl::string_view what) {
      return Leaf(reason, absl::StrCat("author ", fingerprint.Hex(), " ", what));
    };
    if (author == nullptr) {
      return bad(Reason::UNKNOWN_AUTHOR, absl::StrCat("is not on card ", card.version()));
    }
    if (author->status != v1::KEY_STATUS_ACTIVE) {
      return bad(Reason::AUTHOR_NOT_ACTIVE, absl::StrCat("is not active on card ", card.version()));
    }
    if (!author->key.has_value() || !roster.AllowsAuthorAlgorithm(author->algorithm)) {
      return bad(Reason::ALGORITHM_NOT_ALLOWED,
                 absl::StrCat("has algorithm ", author->algorithm, ", which roster ",
                              roster.version(), " does not allow"));
    }
    authors.push_back(author);
  }
  return authors;
}

absl::Status VerifySignatures(const LeafView& leaf, const Authors& authors) {
  CHECK_EQ(authors.size(), leaf.signatures.size());
  const std::string message = ManifestMessage(leaf.payload);
  for (size_t i = 0; i < authors.size(); ++i) {
    const absl::Status verified = authors[i]->key->Verify(message, leaf.signatures[i]);
    if (!verified.ok()) return Annotate(verified, absl::StrCat("leaf: signature ", i));
  }
  return absl::OkStatus();
}

LeafJudge::LeafJudge(absl::string_view member, TrustBook& trust, LeafProgress progress)
    : member_(member), trust_(trust), progress_(progress) {}

const std::string& LeafJudge::OriginOf(uint64_t epoch) {
  if (epoch != origin_epoch_) {
    origin_ = Origin{trust_.rosters().federation(), member_, epoch}.Text();
    origin_epoch_ = epoch;
  }
  return origin_;
}

void LeafJudge::Resume() {
  if (!progress_.waiting.has_value()) return;
  progress_.named = progress_.named_before_waiting;
  progress_.last = progress_.before_waiting;
  progress_.waiting.reset();
  progress_.before_waiting.reset();
  progress_.named_before_waiting = {};
  progress_.waits_for_version = false;
}

Judgement LeafJudge::Wait(LeafPlace place, bool for_version, absl::Status why) {
  if (!progress_.waiting.has_value()) {
    progress_.waiting = place;
    progress_.before_waiting = last_;
    progress_.named_before_waiting = named_;
  }
  progress_.waits_for_version |= for_version;
  return Judgement{Verdict::kUnjudged, std::move(why)};
}

std::optional<Judgement> LeafJudge::JudgeNames(LeafPlace place, const ManifestView& manifest) {
  if (progress_.waits_for_version) return Judgement::Of(Verdict::kUnjudged);
  const Named<Roster> roster = trust_.FindRoster(manifest.roster);
  const Named<Card> card = trust_.FindCard(member_, manifest.card);
  // Version 0 is no version: such a manifest is bad by form and waits for nothing.
  if (manifest.roster.version != 0 && roster.naming == Naming::kNotHeld) {
    return Wait(place, true,
                Leaf(Reason::ROSTER_MISSING,
                     absl::StrCat("names roster ", manifest.roster.version, ", not held")));
  }
  if (manifest.card.version != 0 && card.naming == Naming::kNotHeld) {
    return Wait(place, true,
                Leaf(Reason::CARD_MISSING, absl::StrCat("names card ", manifest.card.version,
                                                        " of ", member_, ", not held")));
  }
  if (manifest.roster.version < named_.roster || manifest.card.version < named_.card) {
    return Judgement::DoesNotCount(WentBack(named_, manifest));
  }
  if (roster.naming == Naming::kOtherDigest) {
    return Judgement::DoesNotCount(
        Leaf(Reason::WRONG_ROSTER_DIGEST,
             absl::StrCat("names roster ", manifest.roster.version, " by another digest")));
  }
  if (card.naming == Naming::kOtherDigest) {
    return Judgement::DoesNotCount(
        Leaf(Reason::WRONG_CARD_DIGEST,
             absl::StrCat("names card ", manifest.card.version, " by another digest")));
  }
  if (roster.value != nullptr && !roster.value->RulesKnown()) {
    return Wait(place, false, Leaf(Reason::RULES_TOO_NEW, "names a roster of rules unknown here"));
  }
  if (roster.value != nullptr && !roster.value->AlgorithmsKnown()) {
    return Wait(place, false,
                Leaf(Reason::ALGORITHM_UNKNOWN, "names a roster with an algorithm unknown here"));
  }
  if (card.naming == Naming::kDisputed) {
    return Wait(place, false,
                Leaf(Reason::SECOND_OF_VERSION, absl::StrCat("names card ", manifest.card.version,
                                                             ", of which two are known")));
  }
  if (progress_.waiting.has_value()) return Judgement::Of(Verdict::kUnjudged);
  return std::nullopt;
}

absl::StatusOr<LeafOutcome> LeafJudge::Judge(LeafPlace place, const absl::StatusOr<LeafView>& leaf,
                                             JudgingState& state, const absl::Status* signatures) {
  CHECK(!progress_.last.has_value() || *progress_.last < place) << "leaves are judged in order";
  last_ = progress_.last;
  LeafOutcome outcome;
  if (!leaf.ok() || leaf->manifest.origin != OriginOf(place.epoch)) {
    progress_.last = place;
    outcome.judgement = Judgement::DoesNotCount(
        leaf.ok() ? Leaf(Reason::WRONG_ORIGIN, "its manifest is of another log") : leaf.status());
    return outcome;
  }
  const Digest identity = CommitIdentity(leaf->payload);
  ASSIGN_OR_RETURN(const std::optional<LeafPlace> taken, state.FindIdentity(identity));
  const bool repeated = taken.has_value() && *taken < place;
  if (!repeated) state.PutIdentity(identity, place);
  progress_.last = place;
  outcome.has_entries = leaf->form.ok();
  named_ = progress_.named;
  progress_.named.roster = std::max(named_.roster, leaf->manifest.roster.version);
  progress_.named.card = std::max(named_.card, leaf->manifest.card.version);
  if (auto decided = JudgeNames(place, leaf->manifest); decided.has_value()) {
    outcome.judgement = *std::move(decided);
  } else if (!leaf->form.ok()) {
    outcome.judgement = Judgement::DoesNotCount(leaf->form);
  } else if (repeated) {
    outcome.judgement = Judgement::DoesNotCount(Leaf(
        Reason::REPEATED,
        absl::StrCat("the same commit stands at epoch ", taken->epoch, ", index ", taken->index)));
  } else {
    outcome = JudgeByNamed(place, *leaf, signatures);
  }
  return outcome;
}

LeafOutcome LeafJudge::JudgeByNamed(LeafPlace place, const LeafView& leaf,
                                    const absl::Status* signatures) {
  LeafOutcome outcome;
  outcome.has_entries = true;
  const Roster* roster = trust_.FindRoster(leaf.manifest.roster).value;
  const Card* card = trust_.FindCard(member_, leaf.manifest.card).value;
  if (roster == nullptr || card == nullptr) {
    outcome.judgement = Judgement::Of(Verdict::kUnjudged);
    return outcome;
  }
  const absl::Status checked = [&]() -> absl::Status {
    RETURN_IF_ERROR(CheckOwner(member_, *roster));
    RETURN_IF_ERROR(trust_.CheckCard(*card, *roster));
    RETURN_IF_ERROR(CheckEpoch(place.epoch, *card));
    RETURN_IF_ERROR(CheckLimits(leaf, roster->limits()));
    ASSIGN_OR_RETURN(outcome.authors, FindAuthors(leaf, *roster, *card));
    return signatures != nullptr ? *signatures : VerifySignatures(leaf, outcome.authors);
  }();
  if (!checked.ok()) {
    outcome.judgement = Judgement::DoesNotCount(checked);
    return outcome;
  }
  outcome.roster = roster;
  outcome.card = card;
  return outcome;
}

}  // namespace plenary
