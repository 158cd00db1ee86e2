// Golden transcripts: what two nodes say to each other, frame by frame, in situations that the
// protocol's page describes. A change of the protocol shows here as a change of a text file.
//
// PLENARY_WRITE_TRANSCRIPTS=1 writes the files anew; read the difference before it is committed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/sync/federation.h"

namespace plenary {
namespace {

using testing::Federation;
using testing::MemoryStore;

constexpr int64_t kLongMs = 60'000;

void ExpectTranscript(const std::string& name, const std::string& transcript) {
  const std::string path = "tests/sync/transcripts/" + name + ".txt";
  if (std::getenv("PLENARY_WRITE_TRANSCRIPTS") != nullptr) {
    std::ofstream(path, std::ios::trunc) << transcript;
  }
  std::ifstream file(path);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(transcript, golden) << path;
}

// What is said from now on until `until` holds.
std::string Said(Federation& federation, const std::function<bool()>& until) {
  const size_t begin = federation.transcript().size();
  EXPECT_TRUE(federation.RunUntil(until, kLongMs)) << federation.violation();
  return federation.transcript().substr(begin);
}

class Transcript : public ::testing::Test {
 protected:
  Transcript() { federation_.StartAll(); }
  bool Active(const std::string& code) {
    const auto* owner =
        federation_.node(code).running() ? federation_.node(code).replicator().owner() : nullptr;
    return owner != nullptr && owner->active();
  }
  bool Settled(uint64_t size) {
    return Active(first_) && Active(second_) && federation_.FinalEverywhere(origin_, size);
  }

  Federation federation_{2, 7};
  const std::string first_ = federation_.codes()[0];
  const std::string second_ = federation_.codes()[1];
  const std::string origin_ = federation_.world().Origin(first_);
};

// Wrong: two new nodes need another way to become active than inquiry, answer, proposal.
TEST_F(Transcript, TwoNewNodesMeet) {
  ExpectTranscript("meet", Said(federation_, [&] { return Active(first_) && Active(second_); }));
}

// Wrong: a commit is final before it was acknowledged, signed and cosigned, in this order.
TEST_F(Transcript, ACommitBecomesFinal) {
  Said(federation_, [&] { return Active(first_) && Active(second_); });
  federation_.Run(1'000);
  ASSERT_TRUE(federation_.node(first_).Submit("one"));
  ExpectTranscript("commit", Said(federation_, [&] { return Settled(1); }));
}

// Wrong: equal nodes that meet again move leaves.
TEST_F(Transcript, EqualNodesMeetAgain) {
  Said(federation_, [&] { return Active(first_) && Active(second_); });
  ASSERT_TRUE(federation_.node(first_).Submit("one"));
  Said(federation_, [&] { return Settled(1); });
  federation_.Isolate(second_);
  federation_.Run(5'000);
  federation_.Heal();
  const size_t begin = federation_.transcript().size();
  const auto knows = [&](const std::string& code) {
    const auto& sessions = federation_.node(code).replicator().sessions();
    return !sessions.empty() && !sessions.begin()->second.heads.empty();
  };
  Said(federation_, [&] { return knows(first_) && knows(second_); });
  federation_.Run(5'000);
  ExpectTranscript("equal", federation_.transcript().substr(begin));
}

// Wrong: a node that lost its disk goes on without asking, or in another place of its log.
TEST_F(Transcript, AnEmptiedNodeComesBack) {
  Said(federation_, [&] { return Active(first_) && Active(second_); });
  ASSERT_TRUE(federation_.node(first_).Submit("one"));
  Said(federation_, [&] { return Settled(1); });
  federation_.node(first_).Crash();
  federation_.node(first_).ReplaceDisk(MemoryStore(), std::string(16, 'n'), false);
  federation_.node(first_).Start();
  ExpectTranscript("emptied", Said(federation_, [&] { return Settled(1); }));
}

}  // namespace
}  // namespace plenary
