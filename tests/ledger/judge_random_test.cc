// Random logs, judged leaf by leaf and by the slow twin: the verdicts are a function of what is
// held, whatever the order in which it came.
#include <gtest/gtest.h>

#include <random>

#include "ledger/judge.h"
#include "ledger/judge_logs.h"
#include "ledger/judging_overlay.h"
#include "tests/ledger/judge_twin.h"
#include "tests/support/log_maker.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::JudgeSlowly;
using testing::LeafOf;
using testing::NewManifest;
using testing::NewRecord;
using testing::RecordToLog;
using testing::RedactionBytes;
using testing::SignManifest;
using testing::TwinLeaf;
using testing::TwinSight;
using testing::World;

using Logs = std::map<uint64_t, std::vector<LeafToJudge>>;
using Words = std::map<uint64_t, std::vector<TwinLeaf>>;

// The world: br's card 2 has a second author for meetings alone, card 3 closes epoch 1 and opens
// epoch 2 and retires the first author; roster 2 lowers the number of entries.
World MakeWorld() {
  World world(3);
  v1::Card card = world.NextCard("br");
  v1::Author& second = *card.add_authors();
  *second.mutable_key() = world.Enrol("br", KeyRole::kAuthor, 0, world.Key("br/second"));
  second.add_collections("meetings");
  second.add_collections("redactions");
  world.AdoptCard(card);
  card = world.NextCard("br");
  card.mutable_authors(0)->mutable_key()->set_status(v1::KEY_STATUS_RETIRED);
  card.mutable_logs(0)->set_closed(true);
  v1::Log& log = *card.add_logs();
  log.set_epoch(2);
  *log.mutable_key() = world.Enrol("br", KeyRole::kLog, 2, world.Log("br", 2));
  world.AdoptCard(card);
  v1::Roster roster = world.NextRoster();
  roster.mutable_limits()->set_entries(3);
  world.Adopt(roster);
  return world;
}

// Writes logs in which everything happens often.
class Chaos {
 public:
  Chaos(const World& world, uint32_t seed) : world_(world), random_(seed) {}

  Logs Make() {
    Logs logs;
    const size_t sizes[] = {Pick(14) + 2, Pick(10)};
    for (uint64_t epoch = 1; epoch <= 2; ++epoch) {
      for (size_t index = 0; index < sizes[epoch - 1]; ++index) {
        logs[epoch].push_back(Leaf(logs, epoch, index));
      }
    }
    return logs;
  }

 private:
  size_t Pick(size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random_); }
  bool Rarely() { return Pick(12) == 0; }
  template <typename T>
  const T& OneOf(const std::vector<T>& list) {
    return list[Pick(list.size())];
  }

  EntryPlace RandomPlace(uint64_t epoch, size_t index) {
    const uint64_t of = 1 + Pick(epoch);
    return {of, Pick(of == epoch ? index + 1 : 14), static_cast<uint32_t>(Pick(3))};
  }

  RecordToLog Record(uint64_t epoch, size_t index) {
    const std::string salt = std::to_string(Pick(3));
    const std::string id = "n-" + std::to_string(Pick(3));
    const uint64_t revision = 1 + Pick(3);
    const std::string previous = revision == 1      ? ""
                                 : digests_.empty() ? std::string(32, 'p')
                                                    : OneOf(digests_);
    RecordToLog record;
    if (Pick(4) == 0) {
      std::vector<EntryPlace> targets;
      for (size_t i = 0; i <= Pick(2); ++i) targets.push_back(RandomPlace(epoch, index));
      const uint64_t n = 1 + Pick(2);
      record.bytes = RedactionBytes(world_, "br", "r-" + std::to_string(Pick(4)), targets, n,
                                    n == 1             ? ""
                                    : previous.empty() ? std::string(32, 'q')
                                                       : previous);
      record.permanent = !Rarely();
      record.audience = static_cast<uint32_t>(Rarely() ? 2 : Pick(2));
    } else {
      v1::Record made = NewRecord(Rarely() ? "in" : "br", Rarely() ? "projects" : "meetings", id,
                                  revision, previous, salt);
      if (Rarely()) made.set_schema(7);
      if (Rarely()) made.set_salt("short");
      record.bytes = made.SerializeAsString();
      record.permanent = Rarely();
      record.audience = static_cast<uint32_t>(std::min<size_t>(Pick(6), 3));
    }
    record.here = Pick(10) != 0;
    digests_.push_back(Sha256(record.bytes).bytes());
    return record;
  }

  LeafToJudge Leaf(const Logs& logs, uint64_t epoch, size_t index) {
    if (Rarely()) return {"no envelope", {}};
    if (Rarely() && index > 0) return OneOf(logs.at(epoch));
    std::vector<RecordToLog> records(1 + Pick(3));
    for (RecordToLog& record : records) record = Record(epoch, index);
    v1::Manifest manifest = NewManifest(world_, "br", Rarely() ? 3 - epoch : epoch, records);
    manifest.add_audiences()->add_members("in");
    manifest.add_audiences()->add_members("cn");
    uint64_t card = std::max<uint64_t>(epoch == 2 ? 3 : 1, card_);
    if (Rarely()) card = 1 + Pick(3);
    card_ = std::max(card_, card);
    const Card* named = world_.cards("br").Find(card);
    manifest.mutable_card()->set_version(card);
    manifest.mutable_card()->set_digest(named->digest().bytes());
    const uint64_t roster = Rarely() ? 1 + Pick(2) : 1;
    manifest.mutable_roster()->set_version(roster);
    manifest.mutable_roster()->set_digest(world_.rosters().Find(roster)->digest().bytes());
    if (Pick(40) == 0) manifest.clear_signers();
    const Signer* author = &world_.Author("br");
    if (card == 3 || (card == 2 && Pick(2) == 0)) author = &world_.Key("br/second");
    if (manifest.signers_size() > 0) {
      manifest.set_signers(0, author->public_key().Fingerprint().bytes());
    }
    LeafToJudge leaf = LeafOf(world_, manifest, records);
    leaf.envelope = SignManifest(manifest, {Rarely() ? &world_.Root("br") : author});
    return leaf;
  }

  const World& world_;
  std::mt19937 random_;
  std::vector<std::string> digests_;
  uint64_t card_ = 1;
};

std::vector<Roster> RostersOf(const World& world) {
  std::vector<Roster> rosters;
  for (uint64_t version = 1; version <= world.rosters().size(); ++version) {
    rosters.push_back(*world.rosters().Find(version));
  }
  return rosters;
}

std::vector<Card> CardsBelow(const World& world, uint64_t below) {
  std::vector<Card> cards;
  for (uint64_t version = 1; version < below && version <= world.cards("br").size(); ++version) {
    cards.push_back(*world.cards("br").Find(version));
  }
  return cards;
}

// The words as one text, for comparing and for showing.
std::string Show(const Words& words) {
  std::string text;
  for (const auto& [epoch, leaves] : words) {
    for (size_t i = 0; i < leaves.size(); ++i) {
      text += std::to_string(epoch) + "/" + std::to_string(i) + " " + leaves[i].verdict + ":";
      for (const std::string& word : leaves[i].entries) text += " " + word;
      text += "\n";
    }
  }
  return text;
}

// Hears verdicts and keeps the newest of each.
class Listener : public JudgementSink {
 public:
  explicit Listener(const Logs& logs) {
    for (const auto& [epoch, leaves] : logs) words[epoch].resize(leaves.size());
  }
  void OnLeaf(LeafPlace place, const LeafView* leaf, const LeafOutcome& outcome) override {
    TwinLeaf& heard = words[place.epoch][place.index];
    heard.verdict = std::string(VerdictWord(outcome.judgement.verdict));
    heard.entries.assign(outcome.has_entries ? leaf->manifest.entries.size() : 0, "");
  }
  void OnEntry(const EntryReport& report) override { OnChanged(report.place, report.judgement); }
  void OnChanged(EntryPlace place, const Judgement& judgement) override {
    words[place.epoch][place.index].entries[place.entry] =
        std::string(VerdictWord(judgement.verdict));
  }
  void OnRedacted(EntryPlace, EntryPlace) override {}

  Words words;
};

class Bytes : public LogBytes {
 public:
  explicit Bytes(const Logs& logs) : logs_(logs) {}
  absl::StatusOr<std::optional<std::string>> Leaf(LeafPlace place) override {
    const auto at = logs_.find(place.epoch);
    if (at == logs_.end() || place.index >= at->second.size()) return std::nullopt;
    return at->second[place.index].envelope;
  }
  absl::StatusOr<std::optional<std::string>> Record(EntryPlace place) override {
    const LeafToJudge& leaf = logs_.at(place.epoch)[place.index];
    if (place.entry >= leaf.records.size()) return std::nullopt;
    return leaf.records[place.entry];
  }

 private:
  const Logs& logs_;
};

std::vector<SlotBytes> SlotsOf(const LeafToJudge& leaf) {
  std::vector<SlotBytes> slots(leaf.records.size());
  for (size_t i = 0; i < slots.size(); ++i) {
    if (leaf.records[i].has_value()) slots[i].bytes = *leaf.records[i];
  }
  return slots;
}

class JudgeRandomTest : public ::testing::Test {
 protected:
  TrustBook TrustBelow(uint64_t card_version) const {
    TrustBook trust(world_.rosters());
    for (Card& card : CardsBelow(world_, card_version)) trust.AddCard(std::move(card));
    return trust;
  }
  std::string Slowly(const Logs& logs, uint64_t cards_below, const TwinSight& sight) const {
    return Show(JudgeSlowly("br", rosters_, CardsBelow(world_, cards_below), sight, logs));
  }
  // Feeds leaves from `from` on, each in a batch of its own above the state.
  static void Feed(MemberJudge& judge, const Logs& logs, LeafPlace from, Listener& listener) {
    for (const auto& [epoch, leaves] : logs) {
      for (uint64_t index = 0; index < leaves.size(); ++index) {
        if (LeafPlace{epoch, index} < from) continue;
        const std::vector<SlotBytes> slots = SlotsOf(leaves[index]);
        ASSERT_OK(judge.Add({{epoch, index}, leaves[index].envelope, slots}, listener));
      }
    }
  }

  const World world_ = MakeWorld();
  const std::vector<Roster> rosters_ = RostersOf(world_);
};

TEST_F(JudgeRandomTest, LeafByLeafIsAsFromTheStart) {
  std::map<std::string, int> seen;
  for (uint32_t seed = 0; seed < 160; ++seed) {
    const Logs logs = Chaos(world_, seed).Make();
    const std::tuple<Sight, TwinSight> sights[] = {
        {Sight::Main(), {true, {}}},
        {Sight::Public(), {false, {}}},
        {Sight::List({"in", "br"}, world_.roster()), {true, {"br", "in"}}},
    };
    for (const auto& [sight, twin_sight] : sights) {
      TrustBook trust = TrustBelow(9);
      Bytes bytes(logs);
      MemoryJudgingState state(bytes);
      auto judge = MemberJudge::Open("br", trust, sight, state);
      ASSERT_OK(judge);
      Listener listener(logs);
      Feed(*judge, logs, {}, listener);
      ASSERT_EQ(Show(listener.words), Slowly(logs, 9, twin_sight))
          << "seed " << seed << ", sight \"" << sight.text() << "\"";
      for (const auto& [epoch, leaves] : listener.words) {
        for (const TwinLeaf& leaf : leaves) {
          for (const std::string& word : leaf.entries) ++seen[word];
        }
      }
    }
  }
  for (const char* word :
       {"counts", "not_understood", "redacted", "restricted", "missing", "does_not_count"}) {
    EXPECT_GT(seen[word], 40) << word << ": the logs are too tame to prove anything";
  }
}

TEST_F(JudgeRandomTest, ACardThatComesLateChangesNothingInTheEnd) {
  for (uint32_t seed = 0; seed < 80; ++seed) {
    const Logs logs = Chaos(world_, 1000 + seed).Make();
    TrustBook trust = TrustBelow(2 + seed % 2);
    Bytes bytes(logs);
    MemoryJudgingState state(bytes);
    Listener listener(logs);
    {
      auto judge = MemberJudge::Open("br", trust, Sight::Main(), state);
      ASSERT_OK(judge);
      Feed(*judge, logs, {}, listener);
      judge->Save();
    }
    ASSERT_EQ(Show(listener.words), Slowly(logs, 2 + seed % 2, {})) << "seed " << seed;
    for (uint64_t version = 2 + seed % 2; version <= 3; ++version) {
      trust.AddCard(*world_.cards("br").Find(version));
      // The node was started anew in between.
      auto judge = MemberJudge::Open("br", trust, Sight::Main(), state);
      ASSERT_OK(judge);
      if (!judge->progress().waiting.has_value()) continue;
      const LeafPlace from = *judge->progress().waiting;
      judge->Resume();
      Feed(*judge, logs, from, listener);
      judge->Save();
      ASSERT_EQ(Show(listener.words), Slowly(logs, version + 1, {})) << "seed " << seed;
    }
  }
}

TEST_F(JudgeRandomTest, BytesThatComeLateChangeNothingInTheEnd) {
  int late = 0;
  int anew = 0;
  for (uint32_t seed = 0; seed < 120; ++seed) {
    Logs logs = Chaos(world_, 2000 + seed).Make();
    // Some records come later, in any order.
    std::mt19937 random(seed);
    std::vector<std::pair<EntryPlace, std::string>> held_back;
    for (auto& [epoch, leaves] : logs) {
      for (uint64_t index = 0; index < leaves.size(); ++index) {
        auto& records = leaves[index].records;
        const auto view = ReadLeaf(leaves[index].envelope);
        if (!view.ok() || view->manifest.origin != world_.Origin("br", epoch)) continue;
        for (uint32_t i = 0; i < records.size() && i < view->slots(); ++i) {
          if (!records[i].has_value() || random() % 3 != 0) continue;
          held_back.emplace_back(EntryPlace{epoch, index, i}, *records[i]);
          records[i].reset();
        }
      }
    }
    std::shuffle(held_back.begin(), held_back.end(), random);
    TrustBook trust = TrustBelow(9);
    Bytes bytes(logs);
    MemoryJudgingState state(bytes);
    auto judge = MemberJudge::Open("br", trust, Sight::Main(), state);
    ASSERT_OK(judge);
    Listener listener(logs);
    Feed(*judge, logs, {}, listener);
    for (const auto& [place, record] : held_back) {
      logs[place.epoch][place.index].records[place.entry] = record;
      const auto judged = judge->AddLateBytes(place, {.bytes = record}, listener);
      ASSERT_OK(judged);
      ASSERT_NE(*judged, MemberJudge::Late::kFeedAgain);
      if (*judged == MemberJudge::Late::kJudgeAnew) {
        ++anew;
        break;
      }
      ++late;
      ASSERT_EQ(Show(listener.words), Slowly(logs, 9, {})) << "seed " << seed;
    }
  }
  EXPECT_GT(late, 150);
  EXPECT_GT(anew, 10);
}

TEST_F(JudgeRandomTest, ATrialLeavesNoTrace) {
  for (uint32_t seed = 0; seed < 40; ++seed) {
    const Logs logs = Chaos(world_, 3000 + seed).Make();
    const Logs other = Chaos(world_, 4000 + seed).Make();
    TrustBook trust = TrustBelow(9);
    Bytes bytes(logs);
    MemoryJudgingState state(bytes);
    JudgingOverlay batch(state);
    Listener listener(logs);
    for (const auto& [epoch, leaves] : logs) {
      for (uint64_t index = 0; index < leaves.size(); ++index) {
        // Another leaf on trial at this place, above the batch, then forgotten.
        JudgingOverlay trial(static_cast<JudgingState&>(batch));
        auto tried = MemberJudge::Open("br", trust, Sight::Main(), trial);
        ASSERT_OK(tried);
        const auto& candidates = other.at(1);
        const LeafToJudge& strange = candidates[index % candidates.size()];
        Listener unheard({{1, std::vector<LeafToJudge>(20)}, {2, std::vector<LeafToJudge>(20)}});
        for (auto& [of, heard] : unheard.words) {
          for (TwinLeaf& leaf : heard) leaf.entries.assign(4, "");
        }
        ASSERT_OK(tried->Add({{epoch, index}, strange.envelope, SlotsOf(strange)}, unheard));
        trial.Clear();
        auto judge = MemberJudge::Open("br", trust, Sight::Main(), batch);
        ASSERT_OK(judge);
        ASSERT_OK(
            judge->Add({{epoch, index}, leaves[index].envelope, SlotsOf(leaves[index])}, listener));
        judge->Save();
        if (index % 3 == 2) batch.MoveInto(state);
      }
    }
    ASSERT_EQ(Show(listener.words), Slowly(logs, 9, {})) << "seed " << seed;
  }
}

}  // namespace
}  // namespace plenary
