#include "tests/ledger/judge_twin.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "ledger/commit.h"
#include "ledger/digest.h"
#include "ledger/envelope.h"
#include "ledger/names.h"
#include "ledger/record.h"
#include "ledger/scan.h"
#include "plenary/v1/manifest.pb.h"
#include "plenary/v1/record.pb.h"

namespace plenary::testing {
namespace {

constexpr char kBad[] = "does_not_count";

// One entry with everything that is known of it.
struct Entry {
  EntryPlace place;
  v1::Entry listed;
  std::vector<std::string> list;  // of an audience from 2 on: sorted, owner in
  std::optional<std::string> bytes;
  bool leaf_counts = false;
  bool in_sight = false;
  // Of a record that is good by itself and may be written by these authors; else absent.
  std::optional<v1::Record> record;
  bool understood = false;
  std::string word;
};

struct Leaf {
  LeafPlace place;
  std::optional<v1::Manifest> manifest;
  std::vector<std::string> signatures;
  std::string payload;
  bool good_form = false;
  std::string word;
  const Card* card = nullptr;
};

class Twin {
 public:
  Twin(std::string member, const std::vector<Roster>& rosters, const std::vector<Card>& cards,
       TwinSight sight)
      : member_(std::move(member)), rosters_(rosters), cards_(cards), sight_(std::move(sight)) {}

  void Add(LeafPlace place, const LeafToJudge& leaf) {
    Leaf read;
    read.place = place;
    const auto view = ReadLeaf(leaf.envelope);
    const auto envelope = ParseEnvelope(leaf.envelope, PayloadKind::kManifest);
    if (view.ok() && envelope.ok()) {
      read.manifest.emplace();
      read.manifest->ParseFromString(std::string(envelope->payload));
      read.payload = std::string(envelope->payload);
      for (const auto signature : envelope->signatures) read.signatures.emplace_back(signature);
      read.good_form = view->form.ok();
      const Origin origin{rosters_[0].federation(), member_, place.epoch};
      if (read.manifest->origin() != origin.Text()) read.manifest.reset();
    }
    leaves_.push_back(std::move(read));
    if (!leaves_.back().manifest.has_value() || !leaves_.back().good_form) return;
    const v1::Manifest& manifest = *leaves_.back().manifest;
    for (int i = 0; i < manifest.entries_size(); ++i) {
      Entry entry;
      entry.place = {place.epoch, place.index, static_cast<uint32_t>(i)};
      entry.listed = manifest.entries(i);
      if (entry.listed.audience() >= 2) {
        std::set<std::string> members = {member_};
        for (const auto& m :
             manifest.audiences(static_cast<int>(entry.listed.audience()) - 2).members()) {
          members.insert(m);
        }
        entry.list.assign(members.begin(), members.end());
      }
      if (static_cast<size_t>(i) < leaf.records.size()) {
        entry.bytes = leaf.records[static_cast<size_t>(i)];
      }
      entry.in_sight = entry.listed.audience() == 0   ? sight_.members
                       : entry.listed.audience() == 1 ? true
                                                      : entry.list == sight_.list;
      entries_.push_back(std::move(entry));
    }
  }

  std::map<uint64_t, std::vector<TwinLeaf>> Judge() {
    for (size_t i = 0; i < leaves_.size(); ++i) leaves_[i].word = LeafWord(i);
    for (Entry& entry : entries_) ReadStatic(entry);
    // Redactions first: whether one counts hangs on redactions alone.
    for (Entry& entry : entries_) {
      if (IsRedaction(entry)) entry.word = RedactionWord(entry);
      if (IsRedaction(entry) && entry.word == "counts") TakeTargets(entry);
    }
    for (Entry& entry : entries_) {
      if (!IsRedaction(entry)) entry.word = Word(entry);
    }
    std::map<uint64_t, std::vector<TwinLeaf>> words;
    for (const Leaf& leaf : leaves_) words[leaf.place.epoch].push_back({leaf.word, {}});
    for (const Entry& entry : entries_) {
      words[entry.place.epoch][entry.place.index].entries.push_back(entry.word);
    }
    return words;
  }

 private:
  const Card* CardOf(uint64_t version) const {
    for (const Card& card : cards_) {
      if (card.member() == member_ && card.version() == version) return &card;
    }
    return nullptr;
  }

  bool NamesUnheld(const Leaf& leaf) const {
    if (!leaf.manifest.has_value()) return false;
    const uint64_t roster = leaf.manifest->roster().version();
    const uint64_t card = leaf.manifest->card().version();
    return roster > rosters_.size() || (card != 0 && CardOf(card) == nullptr);
  }

  std::string LeafWord(size_t i) {
    Leaf& leaf = leaves_[i];
    if (!leaf.manifest.has_value()) return kBad;
    const v1::Manifest& manifest = *leaf.manifest;
    for (size_t j = 0; j <= i; ++j) {
      if (NamesUnheld(leaves_[j])) return "unjudged";
    }
    for (size_t j = 0; j < i; ++j) {
      if (!leaves_[j].manifest.has_value()) continue;
      if (leaves_[j].manifest->roster().version() > manifest.roster().version()) return kBad;
      if (leaves_[j].manifest->card().version() > manifest.card().version()) return kBad;
      if (leaves_[j].payload == leaf.payload) return kBad;
    }
    if (!leaf.good_form) return kBad;
    const Roster& roster = rosters_[manifest.roster().version() - 1];
    const Card& card = *CardOf(manifest.card().version());
    if (roster.digest().view() != manifest.roster().digest()) return kBad;
    if (card.digest().view() != manifest.card().digest()) return kBad;
    const v1::MemberStatus status = roster.StatusOf(member_);
    if (status != v1::MEMBER_STATUS_FULL && status != v1::MEMBER_STATUS_OBSERVER) return kBad;
    if (!VerifyCard(card, rosters_[0].digest(), roster, cards_).ok()) return kBad;
    const auto epoch = leaf.place.epoch;
    if (card.FindEpoch(epoch) == nullptr || card.FindEpoch(epoch)->closed) return kBad;
    if (static_cast<uint64_t>(manifest.entries_size()) > roster.limits().entries) return kBad;
    for (int s = 0; s < manifest.signers_size(); ++s) {
      const auto fingerprint = Digest::FromBytes(manifest.signers(s));
      const AuthorKey* author = card.FindAuthor(*fingerprint);
      if (author == nullptr || author->status != v1::KEY_STATUS_ACTIVE) return kBad;
      if (!author->key
               ->Verify(Pae(PayloadKind::kManifest, leaf.payload),
                        leaf.signatures[static_cast<size_t>(s)])
               .ok()) {
        return kBad;
      }
    }
    leaf.card = &card;
    return "counts";
  }

  const Leaf& LeafAt(const Entry& entry) const {
    return *std::find_if(leaves_.begin(), leaves_.end(),
                         [&](const Leaf& leaf) { return leaf.place == entry.place.leaf(); });
  }

  // Everything about an entry but its chain and its redaction.
  void ReadStatic(Entry& entry) {
    const Leaf& leaf = LeafAt(entry);
    entry.leaf_counts = leaf.word == "counts";
    if (!entry.leaf_counts) {
      entry.word = leaf.word;
      return;
    }
    if (!entry.in_sight) {
      entry.word = "restricted";
      return;
    }
    if (!entry.bytes.has_value()) {
      entry.word = "missing";
      return;
    }
    entry.word = kBad;
    if (Sha256(*entry.bytes).view() != entry.listed.digest()) return;
    if (entry.bytes->size() != entry.listed.size()) return;
    const auto view = ParseRecord(*entry.bytes);
    if (!view.ok()) return;
    v1::Record record;
    record.ParseFromString(*entry.bytes);
    const auto name = RecordName::Parse(record.name());
    if (name->member != member_) return;
    for (const std::string& signer : leaf.manifest->signers()) {
      if (!leaf.card->FindAuthor(*Digest::FromBytes(signer))->MayWrite(name->collection)) return;
    }
    const bool permanent = name->collection == "endorsements" || name->collection == "redactions" ||
                           name->collection == "openings";
    if (permanent && !entry.listed.permanent()) return;
    entry.record = std::move(record);
    entry.understood = view->understood;
  }

  static bool IsRedaction(const Entry& entry) {
    return entry.record.has_value() &&
           RecordName::Parse(entry.record->name())->collection == "redactions";
  }

  const Entry* Find(const v1::EntryRef& ref) const {
    const auto origin = Origin::Parse(ref.origin());
    if (!origin.ok() || origin->member != member_) return nullptr;
    if (origin->federation != rosters_[0].federation()) return nullptr;
    for (const Entry& entry : entries_) {
      if (entry.place == EntryPlace{origin->epoch, ref.index(), ref.entry()}) return &entry;
    }
    return nullptr;
  }

  static bool Stands(const std::string& word) {
    return word == "counts" || word == "not_understood";
  }

  // Is (name, revision) taken by an earlier entry? Is `previous` the digest of the counted revision
  // before? Or that of an earlier entry of which only the digest is known?
  std::string ChainWord(const Entry& entry, bool redaction) const {
    bool follows = entry.record->revision() == 1;
    for (const Entry& earlier : entries_) {
      if (earlier.place >= entry.place) break;
      if (!redaction && earlier.leaf_counts &&
          earlier.listed.digest() == entry.record->previous() &&
          (!earlier.in_sight || redacted_.contains(earlier.place))) {
        follows = true;
      }
      if (!earlier.record.has_value() || !Stands(earlier.word)) continue;
      if (earlier.record->name() != entry.record->name()) continue;
      if (earlier.record->revision() == entry.record->revision()) return kBad;
      if (earlier.record->revision() + 1 == entry.record->revision() &&
          earlier.listed.digest() == entry.record->previous()) {
        follows = true;
      }
    }
    if (!follows) return kBad;
    return entry.understood ? "counts" : "not_understood";
  }

  std::string RedactionWord(const Entry& entry) const {
    if (entry.listed.audience() > 1) return kBad;
    for (const v1::EntryRef& ref : entry.record->redaction().entries()) {
      const Entry* target = Find(ref);
      if (target == nullptr || target->place >= entry.place) return kBad;
      if (target->listed.permanent()) return kBad;
      if (target->listed.audience() == 1 && entry.listed.audience() != 1) return kBad;
    }
    return ChainWord(entry, true);
  }

  void TakeTargets(const Entry& entry) {
    for (const v1::EntryRef& ref : entry.record->redaction().entries()) {
      redacted_.insert(Find(ref)->place);
    }
  }

  std::string Word(const Entry& entry) const {
    if (!entry.leaf_counts) return entry.word;
    if (redacted_.contains(entry.place)) return "redacted";
    if (!entry.record.has_value()) return entry.word;
    return ChainWord(entry, false);
  }

  const std::string member_;
  const std::vector<Roster>& rosters_;
  const std::vector<Card>& cards_;
  const TwinSight sight_;
  std::vector<Leaf> leaves_;
  std::vector<Entry> entries_;
  std::set<EntryPlace> redacted_;
};

}  // namespace

std::map<uint64_t, std::vector<TwinLeaf>> JudgeSlowly(
    const std::string& member, const std::vector<Roster>& rosters, const std::vector<Card>& cards,
    const TwinSight& sight, const std::map<uint64_t, std::vector<LeafToJudge>>& logs) {
  Twin twin(member, rosters, cards, sight);
  for (const auto& [epoch, leaves] : logs) {
    for (uint64_t index = 0; index < leaves.size(); ++index) {
      twin.Add({epoch, index}, leaves[index]);
    }
  }
  return twin.Judge();
}

}  // namespace plenary::testing
