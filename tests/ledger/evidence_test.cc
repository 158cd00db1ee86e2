#include "ledger/evidence.h"

#include <gtest/gtest.h>

#include "ledger/checkpoint.h"
#include "ledger/envelope.h"
#include "ledger/limits.h"
#include "ledger/statement.h"
#include "tests/support/reference_tree.h"
#include "tests/support/status_matchers.h"
#include "tests/support/world.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::ReferenceTree;
using testing::World;

// br shows two histories: `tree_` and, from leaf 3 on, `other_`.
class EvidenceTest : public ::testing::Test {
 protected:
  static std::vector<std::string> Leaves(size_t size, size_t fork) {
    std::vector<std::string> leaves;
    for (size_t i = 0; i < size; ++i) {
      leaves.push_back((i < fork ? "leaf " : "other ") + std::to_string(i));
    }
    return leaves;
  }
  std::string Note(const ReferenceTree& tree, uint64_t size) const {
    return SignCheckpoint(Checkpoint{world_.Origin("br"), size, tree.Root(size)}, world_.Log("br"));
  }
  std::string Proposed(const ReferenceTree& tree, uint64_t size,
                       const Incarnation& incarnation) const {
    return MakeProposal({"", world_.Origin("br"), incarnation, size, tree.Root(size), {}},
                        world_.Log("br"))
        .envelope;
  }
  std::vector<std::string> Rosters() const {
    std::vector<std::string> rosters;
    for (uint64_t version = 1; version <= world_.rosters().size(); ++version) {
      rosters.emplace_back(world_.rosters().Find(version)->envelope());
    }
    return rosters;
  }
  EvidenceParts OfKind(v1::EvidenceKind kind, std::string first, std::string second) const {
    EvidenceParts parts{kind, std::move(first), std::move(second), std::nullopt, Rosters(), {}};
    if (kind == v1::EVIDENCE_KIND_CHECKPOINTS || kind == v1::EVIDENCE_KIND_PROPOSALS) {
      parts.cards.emplace_back(world_.card("br").envelope());
    }
    return parts;
  }
  EvidenceParts Checkpoints(std::string first, std::string second) const {
    return OfKind(v1::EVIDENCE_KIND_CHECKPOINTS, std::move(first), std::move(second));
  }
  // The way from tree_'s root at `from` to its size `to`.
  Divergence Way(size_t from, size_t to) const {
    return Divergence{tree_.Root(from), tree_.Proof(from, to)};
  }

  World world_{3};
  ReferenceTree tree_{Leaves(12, 12)};
  ReferenceTree other_{Leaves(12, 3)};
  const Incarnation incarnation_{7, std::string(kIdBytes, 'i')};
};

// ---- Two checkpoints

TEST_F(EvidenceTest, EveryPairOfForkedCheckpointsIsProved) {
  for (uint64_t small = 4; small <= 12; ++small) {
    for (uint64_t large = small; large <= 12; ++large) {
      EvidenceParts parts = Checkpoints(Note(other_, small), Note(tree_, large));
      if (small < large) parts.divergence = Way(small, large);
      const auto file = BuildEvidence(parts);
      ASSERT_OK(file) << small << " " << large;
      const auto evidence = VerifyEvidence(*file);
      ASSERT_OK(evidence);
      EXPECT_EQ(evidence->Subject(), "sti.brics.example/br/1");
      EXPECT_EQ(evidence->KeptUnder(), "sti.brics.example/br/1");
      EXPECT_EQ(evidence->KindName(), "checkpoints");
      EXPECT_EQ(evidence->genesis, world_.genesis());
    }
  }
}

// The worst failure: an honest member accused. Below the fork all pairs are consistent.
TEST_F(EvidenceTest, AnHonestLogCannotBeAccused) {
  for (uint64_t small = 1; small <= 12; ++small) {
    for (uint64_t large = small; large <= 12; ++large) {
      EvidenceParts parts = Checkpoints(Note(tree_, small), Note(tree_, large));
      if (small < large) parts.divergence = Way(small, large);
      EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::NO_CONTRADICTION));
      if (small == large) continue;
      // A pinned root that nobody signed, with the true proof or with none.
      parts.divergence->pinned_root = Sha256("made up");
      EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::BAD_CONSISTENCY));
      parts.divergence->proof.clear();
      EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::BAD_CONSISTENCY));
      parts.divergence.reset();
      EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::BAD_CONSISTENCY));
    }
  }
}

TEST_F(EvidenceTest, AnEmptyLogContradictsNothing) {
  EvidenceParts parts = Checkpoints(Note(tree_, 0), Note(tree_, 5));
  parts.divergence = Divergence{Sha256("made up"), {}};
  EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::NO_CONTRADICTION));
}

TEST_F(EvidenceTest, TheSmallerComesFirst) {
  EvidenceParts parts = Checkpoints(Note(tree_, 8), Note(other_, 5));
  parts.divergence = Way(5, 8);
  EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::BAD_EVIDENCE));
}

TEST_F(EvidenceTest, EqualSizesNeedNothingElse) {
  EvidenceParts parts = Checkpoints(Note(tree_, 8), Note(other_, 8));
  parts.divergence = Divergence{Sha256("surplus"), {}};
  EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::BAD_EVIDENCE));
}

TEST_F(EvidenceTest, TheLogsKeyMustHaveSignedBoth) {
  const Checkpoint forged{world_.Origin("br"), 8, Sha256("forged")};
  for (const Signer* key : {&world_.Log("in"), &world_.Cosigner("br"), &world_.Root("br")}) {
    EXPECT_THAT(BuildEvidence(Checkpoints(Note(tree_, 8), SignCheckpoint(forged, *key))),
                HasReason(Reason::NOT_SIGNED_BY_LOG));
    EXPECT_THAT(BuildEvidence(Checkpoints(SignCheckpoint(forged, *key), Note(tree_, 8))),
                HasReason(Reason::NOT_SIGNED_BY_LOG));
  }
}

// The accuser signs both with a key of its own and brings its own card or roster along.
TEST_F(EvidenceTest, ACardOfTheAccuserNamesNobodyElsesKey) {
  const Signer& accuser = world_.Log("in");
  const auto sign = [&](const char* root) {
    return SignCheckpoint(Checkpoint{world_.Origin("br"), 8, Sha256(absl::string_view(root))},
                          accuser);
  };
  EvidenceParts parts = Checkpoints(sign("one"), sign("two"));
  parts.cards = {std::string(world_.card("in").envelope())};
  EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::NO_LOG_KEY));
  // A card in br's name that br did not sign.
  v1::Card card = world_.card("br").payload();
  *card.mutable_logs(0)->mutable_key() = world_.Enrol("br", KeyRole::kLog, 1, accuser);
  parts.cards = {world_.SignCard(card, world_.Root("in"))};
  EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::BAD_SIGNATURE));
  parts.cards.clear();
  EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::NO_LOG_KEY));
  // A federation of the accuser's making is another genesis: the reader compares it.
  World made_up(3, "made up");
  parts = Checkpoints(Note(tree_, 8), Note(other_, 8));
  parts.rosters = {std::string(made_up.roster().envelope())};
  EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::WRONG_GENESIS));
}

// A compromised log key or root key is no excuse in evidence: the fork was signed.
TEST_F(EvidenceTest, StatusesOfKeysDoNotMatter) {
  v1::Card card = world_.NextCard("br");
  card.mutable_logs(0)->set_closed(true);
  card.mutable_logs(0)->mutable_key()->set_status(v1::KEY_STATUS_COMPROMISED);
  world_.AdoptCard(card);
  v1::Roster roster = world_.NextRoster();
  v1::Member& br = *roster.mutable_members(0);
  br.mutable_roots(0)->set_status(v1::KEY_STATUS_COMPROMISED);
  v1::Key& fresh = *br.add_roots();
  fresh.set_algorithm(1);
  fresh.set_spki(world_.Key("br/new root").public_key().spki());
  fresh.set_status(v1::KEY_STATUS_ACTIVE);
  world_.Adopt(roster);
  EXPECT_OK(BuildEvidence(Checkpoints(Note(tree_, 8), Note(other_, 8))));
}

TEST_F(EvidenceTest, TheEpochsKeyIsMeant) {
  EvidenceParts parts = Checkpoints(
      SignCheckpoint(Checkpoint{world_.Origin("br", 2), 8, Sha256("one")}, world_.Log("br")),
      SignCheckpoint(Checkpoint{world_.Origin("br", 2), 8, Sha256("two")}, world_.Log("br")));
  EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::NO_LOG_KEY));
}

// ---- Two proposals

TEST_F(EvidenceTest, ProposalsOfOneIncarnationOnlyLengthen) {
  const auto parts = [&](std::string first, std::string second) {
    return OfKind(v1::EVIDENCE_KIND_PROPOSALS, std::move(first), std::move(second));
  };
  EXPECT_OK(
      BuildEvidence(parts(Proposed(tree_, 8, incarnation_), Proposed(other_, 8, incarnation_))));
  EvidenceParts apart = parts(Proposed(other_, 5, incarnation_), Proposed(tree_, 8, incarnation_));
  apart.divergence = Way(5, 8);
  const auto file = BuildEvidence(apart);
  ASSERT_OK(file);
  EXPECT_EQ(VerifyEvidence(*file)->KindName(), "proposals");
  EvidenceParts honest = parts(Proposed(tree_, 5, incarnation_), Proposed(tree_, 8, incarnation_));
  honest.divergence = Way(5, 8);
  EXPECT_THAT(BuildEvidence(honest), HasReason(Reason::NO_CONTRADICTION));
}

// After a recovery an honest log may propose something else: its proposals are not a fork.
TEST_F(EvidenceTest, ProposalsOfTwoIncarnationsMayDiffer) {
  for (const Incarnation& later :
       {Incarnation{8, incarnation_.instance}, Incarnation{7, std::string(kIdBytes, 'j')}}) {
    EXPECT_THAT(BuildEvidence(OfKind(v1::EVIDENCE_KIND_PROPOSALS, Proposed(tree_, 8, incarnation_),
                                     Proposed(other_, 8, later))),
                HasReason(Reason::DIFFERENT_SUBJECT));
  }
}

TEST_F(EvidenceTest, AProposalIsNoCheckpoint) {
  EXPECT_FALSE(BuildEvidence(Checkpoints(Note(tree_, 8), Proposed(other_, 8, incarnation_))).ok());
  EXPECT_FALSE(
      BuildEvidence(OfKind(v1::EVIDENCE_KIND_PROPOSALS, Note(tree_, 8), Note(other_, 8))).ok());
}

// ---- Two cards

class CardEvidenceTest : public EvidenceTest {
 protected:
  std::string Rival(const char* issuer, const Signer& root) {
    v1::Card card = world_.NextCard("br");
    card.add_issuers(issuer);
    return world_.SignCard(card, root);
  }
  EvidenceParts Cards(std::string first, std::string second) const {
    return OfKind(v1::EVIDENCE_KIND_CARDS, std::move(first), std::move(second));
  }
};

TEST_F(CardEvidenceTest, TwoOfOneVersionAreProved) {
  const auto file =
      BuildEvidence(Cards(Rival("one", world_.Root("br")), Rival("two", world_.Root("br"))));
  ASSERT_OK(file);
  EXPECT_EQ(VerifyEvidence(*file)->Subject(), "br 2");
  EXPECT_EQ(VerifyEvidence(*file)->KeptUnder(), "br");
}

TEST_F(CardEvidenceTest, OneCardIsNoContradiction) {
  const std::string card = Rival("one", world_.Root("br"));
  EXPECT_THAT(BuildEvidence(Cards(card, card)), HasReason(Reason::NO_CONTRADICTION));
  EXPECT_THAT(BuildEvidence(Cards(std::string(world_.card("br").envelope()), card)),
              HasReason(Reason::DIFFERENT_SUBJECT));
  EXPECT_THAT(BuildEvidence(Cards(std::string(world_.card("br").envelope()),
                                  std::string(world_.card("in").envelope()))),
              HasReason(Reason::DIFFERENT_SUBJECT));
}

TEST_F(CardEvidenceTest, AForgedCardAccusesNobody) {
  for (const Signer* key : {&world_.Root("in"), &world_.Author("br"), &world_.Key("stranger")}) {
    EXPECT_THAT(BuildEvidence(Cards(Rival("one", world_.Root("br")), Rival("two", *key))),
                HasReason(Reason::BAD_SIGNATURE));
  }
}

// The cards speak for themselves: nothing may ride along and be kept for ever.
TEST_F(CardEvidenceTest, NothingElseIsCarried) {
  EvidenceParts parts = Cards(Rival("one", world_.Root("br")), Rival("two", world_.Root("br")));
  parts.cards = {"anything"};
  EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::BAD_EVIDENCE));
  parts.cards.clear();
  parts.divergence = Divergence{};
  EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::BAD_EVIDENCE));
}

// Anyone can turn a P-256 signature (r, s) into (r, n - s): outsiders' tools take that, so a forker
// must not be able to hide behind it. Everything but evidence refuses it.
TEST_F(CardEvidenceTest, ASignatureThatOnlyOthersTakeCountsInEvidence) {
  const auto p256 = SignerFromPem(GeneratePrivateKeyPem(Algorithm::kEcdsaP256));
  ASSERT_OK(p256);
  v1::Roster roster = world_.NextRoster();
  v1::Key& root = *roster.mutable_members(0)->add_roots();
  root.set_algorithm(2);
  root.set_spki((*p256)->public_key().spki());
  root.set_status(v1::KEY_STATUS_ACTIVE);
  std::vector<const Signer*> signers = {p256->get()};
  for (const std::string& code : world_.codes()) signers.push_back(&world_.Root(code));
  RosterChain rosters = world_.rosters();
  ASSERT_OK(rosters.Append(world_.SignRoster(roster, signers)));

  const std::string strict = Rival("one", **p256);
  const Envelope parts = *ParseEnvelope(strict);
  const std::string s(parts.signatures[0].substr(32));
  // n - s over the order of P-256.
  std::string order =
      *HexDecode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  int borrow = 0;
  std::string high(32, '\0');
  for (size_t i = 32; i-- > 0;) {
    const int digit = static_cast<uint8_t>(order[i]) - static_cast<uint8_t>(s[i]) - borrow;
    borrow = digit < 0 ? 1 : 0;
    high[i] = static_cast<char>(digit + 256 * borrow);
  }
  const std::string loose = FormatEnvelope(PayloadKind::kCard, parts.payload,
                                           {std::string(parts.signatures[0].substr(0, 32)) + high});
  EXPECT_THAT(VerifyCard(*Card::Parse(loose), world_.genesis(), rosters.newest()),
              HasReason(Reason::BAD_SIGNATURE));
  EvidenceParts evidence = Cards(loose, Rival("two", world_.Root("br")));
  evidence.rosters.emplace_back(rosters.newest().envelope());
  EXPECT_OK(BuildEvidence(evidence));
}

// ---- Two rosters

class RosterEvidenceTest : public EvidenceTest {
 protected:
  v1::Roster Next(uint32_t quorum) const {
    v1::Roster roster = world_.NextRoster();
    roster.set_quorum(quorum);
    return roster;
  }
  EvidenceParts RostersOf(std::string first, std::string second) const {
    return OfKind(v1::EVIDENCE_KIND_ROSTERS, std::move(first), std::move(second));
  }
};

TEST_F(RosterEvidenceTest, TwoThatFollowTheSameOneAreProved) {
  const auto file =
      BuildEvidence(RostersOf(world_.SignRoster(Next(1)), world_.SignRoster(Next(2))));
  ASSERT_OK(file);
  EXPECT_EQ(VerifyEvidence(*file)->Subject(), "2");
  EXPECT_EQ(VerifyEvidence(*file)->KeptUnder(), "2");
}

// Fewer signatures on the same content are one roster, not two.
TEST_F(RosterEvidenceTest, OnePayloadSignedByOthersIsNoContradiction) {
  const std::vector<const Signer*> some = {&world_.Root("br"), &world_.Root("in")};
  EXPECT_THAT(
      BuildEvidence(RostersOf(world_.SignRoster(Next(1)), world_.SignRoster(Next(1), some))),
      HasReason(Reason::NO_CONTRADICTION));
}

TEST_F(RosterEvidenceTest, ARivalWithoutThresholdIsNoEvidence) {
  const std::vector<const Signer*> one = {&world_.Root("br")};
  EXPECT_THAT(BuildEvidence(RostersOf(world_.SignRoster(Next(1)), world_.SignRoster(Next(2), one))),
              HasReason(Reason::THRESHOLD_OF_OLD));
}

TEST_F(RosterEvidenceTest, TwoCeremoniesAreTwoFederations) {
  World other(3, "another ceremony");
  EXPECT_THAT(BuildEvidence(RostersOf(std::string(world_.roster().envelope()),
                                      std::string(other.roster().envelope()))),
              HasReason(Reason::DIFFERENT_SUBJECT));
  EvidenceParts parts = RostersOf(world_.SignRoster(Next(1)), world_.SignRoster(Next(2)));
  parts.rosters.clear();
  EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::ROSTER_MISSING));
}

// ---- The file

TEST_F(EvidenceTest, KindsThatAreNotKnownAreRefused) {
  for (const int kind : {0, 5, 99, -1}) {
    EvidenceParts parts = Checkpoints(Note(tree_, 8), Note(other_, 8));
    parts.kind = static_cast<v1::EvidenceKind>(kind);
    EXPECT_THAT(BuildEvidence(parts), HasReason(Reason::BAD_EVIDENCE)) << kind;
  }
}

TEST_F(EvidenceTest, EveryCutAndFlippedBitIsRefusedOrStillTrue) {
  const auto file = BuildEvidence(Checkpoints(Note(tree_, 8), Note(other_, 8)));
  ASSERT_OK(file);
  for (size_t size = 0; size < file->size(); ++size) {
    EXPECT_FALSE(VerifyEvidence(file->substr(0, size)).ok()) << size;
  }
  for (size_t i = 0; i < file->size(); i += 3) {
    std::string damaged = *file;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    const auto evidence = VerifyEvidence(damaged);
    if (!evidence.ok()) continue;
    EXPECT_EQ(evidence->Subject(), "sti.brics.example/br/1") << i;
  }
}

}  // namespace
}  // namespace plenary
