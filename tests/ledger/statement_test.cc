#include "ledger/statement.h"

#include <gtest/gtest.h>

#include "ledger/envelope.h"
#include "ledger/limits.h"
#include "ledger/merkle.h"
#include "plenary/v1/statement.pb.h"
#include "tests/support/status_matchers.h"
#include "tests/support/world.h"

namespace plenary {
namespace {

using testing::HasReason;
using testing::World;

class StatementTest : public ::testing::Test {
 protected:
  // The payload of an envelope, changed and signed again by the right key.
  template <typename Message, typename Change>
  std::string Changed(PayloadKind kind, const std::string& envelope, const Signer& key,
                      Change change) const {
    Message message;
    EXPECT_TRUE(message.ParseFromString(std::string(ParseEnvelope(envelope)->payload)));
    change(message);
    const std::string payload = message.SerializeAsString();
    return FormatEnvelope(kind, payload, {key.Sign(Pae(kind, payload))});
  }
  template <typename Change>
  absl::Status TryInquiry(Change change) const {
    return ParseInquiry(
               Changed<v1::Inquiry>(PayloadKind::kInquiry, inquiry_.envelope, log_key_, change))
        .status();
  }
  template <typename Change>
  absl::Status TryProposal(Change change) const {
    return ParseProposal(
               Changed<v1::Proposal>(PayloadKind::kProposal, proposal_.envelope, log_key_, change))
        .status();
  }
  template <typename Change>
  absl::Status TryAcknowledgement(Change change) const {
    return ParseAcknowledgement(Changed<v1::Acknowledgement>(PayloadKind::kAcknowledgement,
                                                             acknowledgement_.envelope, peer_key_,
                                                             change))
        .status();
  }
  template <typename Change>
  absl::Status TryAnswer(Change change) const {
    return ParseAnswer(
               Changed<v1::Answer>(PayloadKind::kAnswer, answer_.envelope, peer_key_, change))
        .status();
  }
  Answer MakeGoodAnswer() const {
    Answer answer;
    answer.origin = world_.Origin("br");
    answer.incarnation = incarnation_;
    answer.store = store_;
    answer.checkpoint_note =
        SignCheckpoint(Checkpoint{world_.Origin("br"), 5, Sha256("five leaves")}, log_key_);
    answer.proposal = proposal_;
    return MakeAnswer(answer, peer_key_);
  }

  World world_{3};
  const Signer& log_key_ = world_.Log("br");
  const Signer& peer_key_ = world_.Cosigner("in");
  const std::string store_ = std::string(kIdBytes, 's');
  const Incarnation incarnation_{7, std::string(kIdBytes, 'i')};
  const Inquiry inquiry_ = MakeInquiry({"", world_.Origin("br"), incarnation_, 1}, log_key_);
  const Proposal proposal_ = MakeProposal(
      {"", world_.Origin("br"), incarnation_, 7, Sha256("seven leaves"), {store_}}, log_key_);
  const Acknowledgement acknowledgement_ = MakeAcknowledgement(
      {"", world_.Origin("br"), incarnation_, 7, Sha256("seven leaves"), store_}, peer_key_);
  const Answer answer_ = MakeGoodAnswer();
};

TEST_F(StatementTest, EachSaysWhatItWasMadeOf) {
  const auto inquiry = ParseInquiry(inquiry_.envelope);
  ASSERT_OK(inquiry);
  EXPECT_EQ(inquiry->incarnation, incarnation_);
  EXPECT_EQ(inquiry->roster_version, 1U);
  EXPECT_EQ(inquiry->envelope, inquiry_.envelope);
  EXPECT_OK(inquiry->Verify(log_key_.public_key()));

  const auto proposal = ParseProposal(proposal_.envelope);
  ASSERT_OK(proposal);
  EXPECT_EQ(proposal->Content(), (Checkpoint{world_.Origin("br"), 7, Sha256("seven leaves")}));
  EXPECT_TRUE(proposal->LeavesOut(store_));
  EXPECT_FALSE(proposal->LeavesOut(std::string(kIdBytes, 't')));
  EXPECT_OK(proposal->Verify(log_key_.public_key()));

  const auto acknowledgement = ParseAcknowledgement(acknowledgement_.envelope);
  ASSERT_OK(acknowledgement);
  EXPECT_EQ(acknowledgement->size, 7U);
  EXPECT_EQ(acknowledgement->store, store_);
  EXPECT_OK(acknowledgement->Verify(peer_key_.public_key()));

  const auto answer = ParseAnswer(answer_.envelope);
  ASSERT_OK(answer);
  EXPECT_EQ(answer->checkpoint->size, 5U);
  EXPECT_EQ(answer->proposal->envelope, proposal_.envelope);
  EXPECT_OK(answer->Verify(peer_key_.public_key()));
  EXPECT_OK(answer->VerifyContent(log_key_.public_key()));
}

TEST_F(StatementTest, NoOtherKeySpeaks) {
  for (const Signer* other : {&world_.Cosigner("br"), &world_.Log("in"), &world_.Author("br")}) {
    EXPECT_THAT(inquiry_.Verify(other->public_key()), HasReason(Reason::BAD_SIGNATURE));
    EXPECT_THAT(proposal_.Verify(other->public_key()), HasReason(Reason::BAD_SIGNATURE));
  }
  for (const Signer* other : {&world_.Log("in"), &world_.Cosigner("cn"), &world_.Log("br")}) {
    EXPECT_THAT(acknowledgement_.Verify(other->public_key()), HasReason(Reason::BAD_SIGNATURE));
    EXPECT_THAT(answer_.Verify(other->public_key()), HasReason(Reason::BAD_SIGNATURE));
  }
}

// Inquiry and proposal of one key, acknowledgement and answer of another, must not be mistaken.
TEST_F(StatementTest, NoKindPassesForAnother) {
  EXPECT_THAT(ParseProposal(inquiry_.envelope), HasReason(Reason::WRONG_TYPE));
  EXPECT_THAT(ParseInquiry(proposal_.envelope), HasReason(Reason::WRONG_TYPE));
  EXPECT_THAT(ParseAnswer(acknowledgement_.envelope), HasReason(Reason::WRONG_TYPE));
  // The signature of one under the type of the other.
  const auto parts = ParseEnvelope(inquiry_.envelope);
  ASSERT_OK(parts);
  v1::Proposal payload;
  payload.set_origin(world_.Origin("br"));
  payload.set_counter(7);
  payload.set_instance(incarnation_.instance);
  payload.set_root(EmptyRoot().bytes());
  const std::string signature =
      log_key_.Sign(Pae(PayloadKind::kInquiry, payload.SerializeAsString()));
  const auto forged = ParseProposal(
      FormatEnvelope(PayloadKind::kProposal, payload.SerializeAsString(), {signature}));
  ASSERT_OK(forged);
  EXPECT_THAT(forged->Verify(log_key_.public_key()), HasReason(Reason::BAD_SIGNATURE));
}

TEST_F(StatementTest, EachIsSignedOnce) {
  const auto twice = [](PayloadKind kind, const std::string& bytes) {
    const Envelope envelope = *ParseEnvelope(bytes);
    const std::string signature(envelope.signatures[0]);
    return FormatEnvelope(kind, envelope.payload, {signature, signature});
  };
  EXPECT_THAT(ParseInquiry(twice(PayloadKind::kInquiry, inquiry_.envelope)),
              HasReason(Reason::SIGNATURE_COUNT));
  EXPECT_THAT(ParseAnswer(twice(PayloadKind::kAnswer, answer_.envelope)),
              HasReason(Reason::SIGNATURE_COUNT));
}

TEST_F(StatementTest, OriginAndIncarnationAreChecked) {
  for (const char* origin : {"", "br/1", "sti.brics.example/br/0", "sti.brics.example/br/01",
                             "sti.brics.example/br/1/", "sti.brics.example/public/1"}) {
    EXPECT_THAT(TryInquiry([&](auto& m) { m.set_origin(origin); }), HasReason(Reason::BAD_NAME));
    EXPECT_THAT(TryAcknowledgement([&](auto& m) { m.set_origin(origin); }),
                HasReason(Reason::BAD_NAME));
  }
  EXPECT_THAT(TryInquiry([](auto& m) { m.clear_counter(); }), HasReason(Reason::BAD_COUNTER));
  EXPECT_THAT(TryProposal([](auto& m) { m.clear_counter(); }), HasReason(Reason::BAD_COUNTER));
  EXPECT_THAT(TryAnswer([](auto& m) { m.clear_counter(); }), HasReason(Reason::BAD_COUNTER));
  for (const size_t bytes : {0, 15, 17}) {
    EXPECT_THAT(TryProposal([&](auto& m) { m.set_instance(std::string(bytes, 'i')); }),
                HasReason(Reason::BAD_INSTANCE));
    EXPECT_THAT(TryAnswer([&](auto& m) { m.set_instance(std::string(bytes, 'i')); }),
                HasReason(Reason::BAD_INSTANCE));
  }
  EXPECT_THAT(TryInquiry([](auto& m) { m.clear_roster_version(); }),
              HasReason(Reason::BAD_VERSION));
}

TEST_F(StatementTest, SizesAndRootsAreChecked) {
  const auto both = [this](auto change) {
    const absl::Status one = TryProposal(change);
    const absl::Status other = TryAcknowledgement(change);
    EXPECT_EQ(ReasonOf(one), ReasonOf(other));
    return one;
  };
  EXPECT_THAT(both([](auto& m) { m.set_size(uint64_t{1} << 63); }), HasReason(Reason::BAD_SIZE));
  EXPECT_OK(both([](auto& m) { m.set_size((uint64_t{1} << 63) - 1); }));
  EXPECT_THAT(both([](auto& m) { m.clear_root(); }), HasReason(Reason::BAD_ROOT));
  EXPECT_THAT(both([](auto& m) { m.set_root(std::string(33, 'r')); }), HasReason(Reason::BAD_ROOT));
  EXPECT_THAT(both([](auto& m) { m.clear_size(); }), HasReason(Reason::BAD_ROOT));
  EXPECT_OK(both([](auto& m) {
    m.clear_size();
    m.set_root(EmptyRoot().bytes());
  }));
}

TEST_F(StatementTest, StoresAreChecked) {
  for (const size_t bytes : {0, 15, 17}) {
    const std::string store(bytes, 's');
    EXPECT_THAT(TryProposal([&](auto& m) { m.add_without(store); }), HasReason(Reason::BAD_STORE));
    EXPECT_THAT(TryAcknowledgement([&](auto& m) { m.set_store(store); }),
                HasReason(Reason::BAD_STORE));
    EXPECT_THAT(TryAnswer([&](auto& m) { m.set_store(store); }), HasReason(Reason::BAD_STORE));
  }
  EXPECT_THAT(TryProposal([&](auto& m) { m.add_without(store_); }), HasReason(Reason::BAD_STORE));
}

// ---- What an answer carries

TEST_F(StatementTest, AnAbstainingAnswerIsEmpty) {
  Answer answer;
  answer.origin = world_.Origin("br");
  answer.incarnation = incarnation_;
  answer.store = store_;
  answer.abstains = true;
  const Answer abstaining = MakeAnswer(answer, peer_key_);
  EXPECT_TRUE(abstaining.abstains);
  EXPECT_OK(abstaining.VerifyContent(log_key_.public_key()));
  EXPECT_THAT(TryAnswer([](auto& m) { m.set_abstains(true); }),
              HasReason(Reason::ABSTAINS_WITH_CONTENT));
  EXPECT_THAT(TryAnswer([](auto& m) {
                m.set_abstains(true);
                m.clear_proposal();
              }),
              HasReason(Reason::ABSTAINS_WITH_CONTENT));
}

TEST_F(StatementTest, AnAnswerAboutNothingHeldIsGood) {
  EXPECT_OK(TryAnswer([](auto& m) {
    m.clear_checkpoint();
    m.clear_proposal();
  }));
}

// A peer could otherwise make the owner adopt another log's state, or another epoch's.
TEST_F(StatementTest, ContentIsOfTheSameLog) {
  for (const std::string& origin : {world_.Origin("in"), world_.Origin("br", 2)}) {
    const std::string note = SignCheckpoint(Checkpoint{origin, 5, Sha256("five")}, log_key_);
    EXPECT_THAT(TryAnswer([&](auto& m) { m.set_checkpoint(note); }),
                HasReason(Reason::WRONG_ORIGIN));
    const Proposal proposal =
        MakeProposal({"", origin, incarnation_, 7, Sha256("seven"), {}}, log_key_);
    EXPECT_THAT(TryAnswer([&](auto& m) { m.set_proposal(proposal.envelope); }),
                HasReason(Reason::WRONG_ORIGIN));
  }
}

TEST_F(StatementTest, ContentIsByTheLogsKey) {
  const Checkpoint checkpoint{world_.Origin("br"), 5, Sha256("five")};
  Answer answer = answer_;
  answer.checkpoint_note = SignCheckpoint(checkpoint, peer_key_);
  EXPECT_THAT(MakeAnswer(answer, peer_key_).VerifyContent(log_key_.public_key()),
              HasReason(Reason::NOT_SIGNED_BY_LOG));
  answer = answer_;
  answer.proposal = MakeProposal(proposal_, peer_key_);
  EXPECT_THAT(MakeAnswer(answer, peer_key_).VerifyContent(log_key_.public_key()),
              HasReason(Reason::BAD_SIGNATURE));
}

TEST_F(StatementTest, UnreadableContentIsRefusedWithItsOwnReason) {
  EXPECT_THAT(TryAnswer([](auto& m) { m.set_checkpoint("no note"); }), HasReason(Reason::BAD_NOTE));
  EXPECT_THAT(TryAnswer([](auto& m) { m.set_proposal("no envelope"); }),
              HasReason(Reason::NON_CANONICAL));
  EXPECT_THAT(TryAnswer([this](auto& m) { m.set_proposal(inquiry_.envelope); }),
              HasReason(Reason::WRONG_TYPE));
}

TEST_F(StatementTest, EveryCutIsRefused) {
  for (size_t size = 0; size < answer_.envelope.size(); ++size) {
    EXPECT_FALSE(ParseAnswer(answer_.envelope.substr(0, size)).ok()) << size;
  }
}

TEST_F(StatementTest, UnknownFieldsAreRefused) {
  v1::Inquiry message;
  ASSERT_TRUE(message.ParseFromString(std::string(ParseEnvelope(inquiry_.envelope)->payload)));
  const std::string payload = message.SerializeAsString() + "\x78\x01";
  EXPECT_THAT(ParseInquiry(FormatEnvelope(PayloadKind::kInquiry, payload, {"s"})),
              HasReason(Reason::UNKNOWN_FIELD));
}

// ---- Incarnations

// Two machines with one log key may take one counter: neither may be treated as the newer.
TEST(Incarnation, EqualCountersWithOtherInstancesAreNeitherAboveNorEqual) {
  const Incarnation one{7, std::string(kIdBytes, 'a')};
  const Incarnation other{7, std::string(kIdBytes, 'b')};
  EXPECT_FALSE(one.IsAbove(other));
  EXPECT_FALSE(other.IsAbove(one));
  EXPECT_NE(one, other);
  EXPECT_TRUE((Incarnation{8, std::string(kIdBytes, 'a')}).IsAbove(other));
}

// One statement must not use up all counters.
TEST(CounterJump, IsAtMost2To32) {
  EXPECT_OK(CheckCounterJump(7 + kMaxCounterJump, 7));
  EXPECT_THAT(CheckCounterJump(8 + kMaxCounterJump, 7), HasReason(Reason::COUNTER_JUMP));
  EXPECT_THAT(CheckCounterJump(~uint64_t{0}, 0), HasReason(Reason::COUNTER_JUMP));
  // Near the end the sum would wrap around.
  EXPECT_OK(CheckCounterJump(~uint64_t{0}, ~uint64_t{0} - 5));
  EXPECT_OK(CheckCounterJump(3, 7));
}

TEST(StatementDeathTest, WeNeverSignWhatWeWouldRefuse) {
  World world(1);
  EXPECT_DEATH(
      MakeInquiry({"", world.Origin("br"), {0, std::string(kIdBytes, 'i')}, 1}, world.Log("br")),
      "check failed");
}

}  // namespace
}  // namespace plenary
