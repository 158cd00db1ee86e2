#include "ledger/note.h"

#include <gtest/gtest.h>

#include "ledger/digest.h"
#include "tests/support/status_matchers.h"

namespace plenary {
namespace {

using testing::HasReason;

std::unique_ptr<Signer> SignerOf(char seed) {
  return Ed25519SignerFromSeed(std::string(32, seed)).value();
}

NoteKey KeyOf(absl::string_view name, const Signer& signer) {
  return NoteKey::Make(name, NoteKeyType::kText, signer.public_key()).value();
}

NoteLine LineOf(absl::string_view text, absl::string_view name, const Signer& signer) {
  const NoteKey key = KeyOf(name, signer);
  return {key.name, key.key_id, signer.Sign(text)};
}

class NoteTest : public ::testing::Test {
 protected:
  const std::string text_ = "line\n\nanother \xC3\xA8\n";
  std::unique_ptr<Signer> ann_ = SignerOf('a');
  std::unique_ptr<Signer> bob_ = SignerOf('b');
  const std::vector<NoteKey> keys_ = {KeyOf("ann.example", *ann_), KeyOf("bob.example", *bob_)};
  const std::string bytes_ =
      FormatNote(text_, {LineOf(text_, "ann.example", *ann_), LineOf(text_, "bob.example", *bob_)});

  // Is it readable, and does every known line verify, with at least one?
  bool Accepts(absl::string_view bytes) const {
    const auto note = ParseNote(bytes);
    return note.ok() && VerifyNote(*note, keys_).ok();
  }
};

TEST_F(NoteTest, RoundTripsWithTheLastEmptyLineAsTheBorder) {
  const auto note = ParseNote(bytes_);
  ASSERT_OK(note);
  EXPECT_EQ(note->text, text_);
  ASSERT_EQ(note->lines.size(), 2U);
  EXPECT_EQ(FormatNote(note->text, note->lines), bytes_);
  const auto verified = VerifyNote(*note, keys_);
  ASSERT_OK(verified);
  EXPECT_EQ(verified->size(), 2U);
}

TEST_F(NoteTest, NoByteCanChangeUnseen) {
  ASSERT_TRUE(Accepts(bytes_));
  for (size_t at = 0; at < bytes_.size(); ++at) {
    for (const int bit : {0, 1, 5, 7}) {
      std::string mutant = bytes_;
      mutant[at] = static_cast<char>(mutant[at] ^ (1 << bit));
      const auto note = ParseNote(mutant);
      if (!note.ok()) continue;
      // What still reads must say the same: only a line whose name or key ID no longer is known
      // may be ignored, and never the text changed.
      if (!VerifyNote(*note, keys_).ok()) continue;
      EXPECT_EQ(note->text, text_) << at;
      EXPECT_EQ(VerifyNote(*note, keys_)->size(), 1U) << at;
    }
  }
}

TEST_F(NoteTest, EveryCutIsRefusedOrLosesAWholeLine) {
  const size_t second = bytes_.size() - LineOf(text_, "bob.example", *bob_).Text().size();
  for (size_t size = 0; size < bytes_.size(); ++size) {
    EXPECT_EQ(Accepts(bytes_.substr(0, size)), size == second) << size;
  }
}

TEST_F(NoteTest, MalformedNotesAreRefused) {
  const std::string line = LineOf(text_, "ann.example", *ann_).Text();
  const std::string blob = line.substr(line.rfind(' ') + 1);
  const std::string dash = "\xE2\x80\x94 ";
  for (const std::string& bad : {
           std::string(),
           std::string("\n"),
           text_,
           text_ + "\n",
           "\n" + line,
           text_ + line,                // no empty line
           text_ + "\n" + line + "\n",  // a further empty line
           text_ + "\n" + line + "x",   // the last line does not end
           text_ + "\n" + line.substr(0, line.size() - 1) + "\r\n",
           "tab\there\n\n" + line,
           std::string("nul\0\n\n", 6) + line,
           "\xFF\n\n" + line,
           "\xED\xA0\x80\n\n" + line,            // a surrogate
           text_ + "\n- ann.example " + blob,    // hyphen for dash
           text_ + "\n" + dash + " " + blob,     // no name
           text_ + "\n" + dash + "a+b " + blob,  // plus in the name
           text_ + "\n" + dash +
               "a\xC2\xA0"
               "b " +
               blob,  // no-break space in the name
           text_ + "\n" + dash + std::string(256, 'n') + " " + blob,
           text_ + "\n" + dash + "ann.example  " + blob,  // two spaces
           text_ + "\n" + dash + "ann.example\n",
           text_ + "\n" + dash + "ann.example AAAAAA==\n",  // a key ID and nothing more
           text_ + "\n" + dash + "ann.example AAAA\n",
           text_ + "\n" + dash + "ann.example AAAAAAB=\n",  // unused bits are not zero
           text_ + "\n" + dash + "ann.example AAAAAAE\n",   // no padding
       }) {
    EXPECT_THAT(ParseNote(bad), HasReason(Reason::BAD_NOTE)) << bad;
  }
}

TEST_F(NoteTest, LimitsAreThoseOfTheFormat) {
  const NoteLine line{"x", 1, "s"};
  const std::string full = FormatNote("t\n", std::vector<NoteLine>(100, line));
  EXPECT_OK(ParseNote(full));
  EXPECT_THAT(ParseNote(full + line.Text()), HasReason(Reason::TOO_LARGE));
  EXPECT_THAT(ParseNote(std::string(kMaxNoteBytes, 'x') + "\n\n" + line.Text()),
              HasReason(Reason::TOO_LARGE));
}

TEST_F(NoteTest, ALineCountsForAKeyOnlyByNameAndId) {
  const NoteLine renamed{"eve.example", keys_[0].key_id, ann_->Sign(text_)};
  const NoteLine other_id{"ann.example", keys_[0].key_id + 1, ann_->Sign(text_)};
  const auto verified = VerifyKnownLines(Note{text_, {renamed, other_id}}, keys_);
  ASSERT_OK(verified);
  EXPECT_TRUE(verified->empty());
  EXPECT_THAT(VerifyNote(Note{text_, {renamed, other_id}}, keys_), HasReason(Reason::UNKNOWN_KEY));
}

TEST_F(NoteTest, AKnownLineThatFailsRefusesTheNoteWhereverItStands) {
  const NoteLine good = LineOf(text_, "ann.example", *ann_);
  for (const std::string& signature :
       {ann_->Sign("another text\n"), good.signature + "x", good.signature.substr(1)}) {
    const NoteLine bad{good.name, good.key_id, signature};
    EXPECT_THAT(VerifyNote(Note{text_, {good, bad}}, keys_), HasReason(Reason::BAD_SIGNATURE));
    EXPECT_THAT(VerifyNote(Note{text_, {bad, good}}, keys_), HasReason(Reason::BAD_SIGNATURE));
  }
}

TEST_F(NoteTest, ACosignatureIsNoSignatureOfTheText) {
  const auto key =
      NoteKey::Make("ann.example", NoteKeyType::kCosignature, ann_->public_key()).value();
  std::string blob;
  AppendBigEndian64(7, blob);
  const std::string good = blob + ann_->Sign(CosignatureMessage(text_, 7));
  EXPECT_OK(VerifyNote(Note{text_, {{key.name, key.key_id, good}}}, {key}));
  EXPECT_THAT(VerifyNote(Note{text_, {{key.name, key.key_id, blob + ann_->Sign(text_)}}}, {key}),
              HasReason(Reason::BAD_COSIGNATURE));
  EXPECT_THAT(VerifyNote(Note{text_, {{key.name, key.key_id, ann_->Sign(text_)}}}, {key}),
              HasReason(Reason::BAD_COSIGNATURE));
  std::string late;
  AppendBigEndian64(kMaxCosignatureTime + 1, late);
  late += ann_->Sign(CosignatureMessage(text_, kMaxCosignatureTime + 1));
  EXPECT_THAT(VerifyNote(Note{text_, {{key.name, key.key_id, late}}}, {key}),
              HasReason(Reason::BAD_COSIGNATURE));
}

TEST(Vkey, RoundTrips) {
  const std::string text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  const auto vkey = ParseVkey(text);
  ASSERT_OK(vkey);
  EXPECT_EQ(FormatVkey(*vkey), text);
  EXPECT_OK(NoteKeyFromVkey(text));
}

TEST(Vkey, AnyOtherSpellingOrKeyIdIsRefused) {
  const std::string good = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  for (size_t at = 0; at < good.size(); ++at) {
    std::string mutant = good;
    mutant[at] = static_cast<char>(mutant[at] ^ 1);
    EXPECT_FALSE(ParseVkey(mutant).ok()) << mutant;
    EXPECT_FALSE(ParseVkey(good.substr(0, at)).ok()) << at;
  }
  EXPECT_FALSE(
      ParseVkey("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").ok());
  EXPECT_FALSE(ParseVkey(good + "\n").ok());
}

TEST(Vkey, AWeakKeyIsRefused) {
  Vkey vkey{"weak.example", 0, 1, std::string(1, '\1') + std::string(31, '\0')};
  vkey.key_id = KeyId(vkey.name, vkey.type, vkey.key);
  EXPECT_THAT(NoteKeyFromVkey(FormatVkey(vkey)), HasReason(Reason::BAD_KEY));
}

}  // namespace
}  // namespace plenary
