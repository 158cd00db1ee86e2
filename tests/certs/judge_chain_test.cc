// JudgePeer, what stands above the leaf: issuers, intermediates, revocation, roster, expectation.
#include <openssl/objects.h>

#include "tests/certs/judge_world.h"
#include "tests/support/status_matchers.h"

namespace plenary::certs::testing {
namespace {

using plenary::testing::HasReason;

// The heart of it: a CA that is good for its own member is worth nothing for another.
TEST_F(JudgeTest, AnotherMembersCa) {
  const Forged leaf = Forge(Forgery{}, &cas_["ru"]);
  EXPECT_THAT(Judge({&leaf}), HasReason(Reason::WRONG_ISSUER));
  EXPECT_THAT(Judge({&leaf, &cas_["ru"]}), HasReason(Reason::WRONG_ISSUER));
}

TEST_F(JudgeTest, AForeignIntermediateOfTheSameName) {
  const Forged other = Forge(CaForgery("br CA"));
  const Forged leaf = Forge(Forgery{}, &other);
  EXPECT_THAT(Judge({&leaf, &other}), HasReason(Reason::WRONG_ISSUER));
}

TEST_F(JudgeTest, ItsOwnIssuer) {
  const Forged leaf = Forge(Forgery{});
  EXPECT_THAT(Judge({&leaf}), HasReason(Reason::WRONG_ISSUER));
  // Even when the card lists the very certificate: an issuer is a CA.
  TrustOnly("br", leaf);
  EXPECT_THAT(Judge({&leaf}), HasReason(Reason::WRONG_ISSUER));
}

TEST_F(JudgeTest, ALeafThatTheCardListsByMistakeOpensNothing) {
  const Forged leaf = Forge(Forgery{}, &cas_["br"]);
  TrustOnly("br", leaf);
  EXPECT_THAT(Judge({&leaf}), HasReason(Reason::WRONG_ISSUER));
}

TEST_F(JudgeTest, ACardWithoutIssuers) {
  trust_.members["br"].issuers.clear();
  const Forged leaf = Forge(Forgery{}, &cas_["br"]);
  EXPECT_THAT(Judge({&leaf}), HasReason(Reason::WRONG_ISSUER));
}

TEST_F(JudgeTest, TheIssuerMayBeSentToo) {
  const Forged leaf = Forge(Forgery{}, &cas_["br"]);
  EXPECT_OK(Judge({&leaf, &cas_["br"]}));
}

TEST_F(JudgeTest, MoreThanOneIntermediate) {
  const Forged root = Forge(CaForgery("br root", ""));
  const Forged first = Forge(CaForgery("br first", ""), &root);
  const Forged second = Forge(CaForgery("br second"), &first);
  const Forged leaf = Forge(Forgery{}, &second);
  TrustOnly("br", root);
  EXPECT_THAT(Judge({&leaf, &second, &first}), HasReason(Reason::BAD_CERTIFICATE));
  EXPECT_THAT(Judge({&leaf, &second}), HasReason(Reason::WRONG_ISSUER));
}

TEST_F(JudgeTest, OneIntermediate) {
  const Forged root = Forge(CaForgery("br root", "1"));
  const Forged intermediate = Forge(CaForgery("br intermediate"), &root);
  const Forged leaf = Forge(Forgery{}, &intermediate);
  TrustOnly("br", root);
  const auto peer = Judge({&leaf, &intermediate});
  ASSERT_OK(peer);
  EXPECT_EQ(peer->chain_spki.size(), 3U);
  EXPECT_THAT(Judge({&leaf}), HasReason(Reason::WRONG_ISSUER));
  // The card may list the intermediate itself, which is not self-signed.
  TrustOnly("br", intermediate);
  EXPECT_OK(Judge({&leaf}));
  EXPECT_OK(Judge({&leaf, &intermediate}));
}

// A node's certificate is no CA: its thief cannot issue.
TEST_F(JudgeTest, ALeafIssuesNothing) {
  const Forged node = Forge(Forgery{}, &cas_["br"]);
  Forgery forgery;
  forgery.names = "URI:spiffe://br.sti.brics.example/operator/admin";
  const Forged leaf = Forge(forgery, &node);
  EXPECT_THAT(Judge({&leaf, &node}, kOperatorPort), HasReason(Reason::BAD_CERTIFICATE));
}

TEST_F(JudgeTest, IntermediateBeyondThePathLength) {
  const Forged intermediate = Forge(CaForgery("br intermediate"), &cas_["br"]);
  const Forged leaf = Forge(Forgery{}, &intermediate);
  EXPECT_THAT(Judge({&leaf, &intermediate}), HasReason(Reason::BAD_CERTIFICATE));
}

TEST_F(JudgeTest, IssuersThatMayNotIssue) {
  const Forged root = Forge(CaForgery("br root", "1"));
  TrustOnly("br", root);
  Forgery no_sign = CaForgery("br intermediate");
  no_sign.key_usage = "critical,cRLSign";
  Forgery server_only = CaForgery("br intermediate");
  server_only.extended_key_usage = "serverAuth";
  Forgery client_only = CaForgery("br intermediate");
  client_only.extended_key_usage = "clientAuth";
  Forgery no_constraints = CaForgery("br intermediate");
  no_constraints.basic_constraints = "";
  Forgery weak = CaForgery("br intermediate");
  weak.key = KeyKind::kRsa1024;
  Forgery odd_curve = CaForgery("br intermediate");
  odd_curve.key = KeyKind::kSecp256k1;
  Forgery sha1 = CaForgery("br intermediate");
  sha1.digest = "SHA1";
  for (const Forgery& forgery :
       {no_sign, server_only, client_only, no_constraints, weak, odd_curve, sha1}) {
    const Forged intermediate = Forge(forgery, &root);
    const Forged leaf = Forge(Forgery{}, &intermediate);
    EXPECT_THAT(Judge({&leaf, &intermediate}), HasReason(Reason::BAD_CERTIFICATE))
        << forgery.key_usage << forgery.extended_key_usage << forgery.basic_constraints;
  }
}

TEST_F(JudgeTest, AnchorsThatMayNotIssue) {
  Forgery no_constraints = CaForgery("br CA");
  no_constraints.basic_constraints = "";
  Forgery no_sign = CaForgery("br CA");
  no_sign.key_usage = "critical,digitalSignature";
  Forgery weak = CaForgery("br CA");
  weak.key = KeyKind::kRsa1024;
  for (const Forgery& forgery : {no_constraints, no_sign, weak}) {
    const Forged anchor = Forge(forgery);
    TrustOnly("br", anchor);
    const Forged leaf = Forge(Forgery{}, &anchor);
    EXPECT_THAT(Judge({&leaf}), HasReason(Reason::BAD_CERTIFICATE)) << forgery.key_usage;
  }
}

// A CA as "openssl req -x509" makes it by default: basic constraints and no key usage.
TEST_F(JudgeTest, AnAnchorWithoutKeyUsage) {
  Forgery forgery = CaForgery("br CA", "");
  forgery.key_usage = "";
  const Forged anchor = Forge(forgery);
  TrustOnly("br", anchor);
  const Forged leaf = Forge(Forgery{}, &anchor);
  EXPECT_OK(Judge({&leaf}));
}

TEST_F(JudgeTest, NameConstraintsOfAnIssuerAreHeld) {
  struct Case {
    const char* constraint;
    bool accepted;
  };
  for (const Case& c : {Case{"critical,permitted;URI:br.sti.brics.example", true},
                        Case{"critical,permitted;URI:ru.sti.brics.example", false},
                        Case{"critical,excluded;URI:br.sti.brics.example", false},
                        Case{"critical,excluded;URI:.sti.brics.example", false},
                        // The common name is no DNS name, whatever it looks like.
                        Case{"critical,permitted;DNS:example.org", true}}) {
    Forgery forgery = CaForgery("br CA");
    forgery.more = {{NID_name_constraints, c.constraint}};
    const Forged anchor = Forge(forgery);
    TrustOnly("br", anchor);
    Forgery plan;
    plan.common_name = "node-1.br.example";
    const Forged leaf = Forge(plan, &anchor);
    const auto judged = Judge({&leaf});
    EXPECT_EQ(judged.ok(), c.accepted) << c.constraint << " " << judged.status();
    if (!c.accepted) {
      EXPECT_THAT(judged, HasReason(Reason::BAD_CERTIFICATE));
    }
  }
}

TEST_F(JudgeTest, EveryCertificateOfTheChainIsInDate) {
  Forgery old_ca = CaForgery("br CA");
  old_ca.not_after = kNow - absl::Hours(1);
  const Forged old_anchor = Forge(old_ca);
  const Forged leaf = Forge(Forgery{}, &old_anchor);
  TrustOnly("br", old_anchor);
  EXPECT_THAT(Judge({&leaf}), HasReason(Reason::CERTIFICATE_EXPIRED));

  const Forged root = Forge(CaForgery("br root", "1"));
  Forgery early = CaForgery("br intermediate");
  early.not_before = kNow + absl::Hours(1);
  const Forged intermediate = Forge(early, &root);
  const Forged second = Forge(Forgery{}, &intermediate);
  TrustOnly("br", root);
  EXPECT_THAT(Judge({&second, &intermediate}), HasReason(Reason::CERTIFICATE_NOT_YET_VALID));
}

TEST_F(JudgeTest, NotAfterIsTheEarliestOfTheChain) {
  Forgery ca = CaForgery("br CA");
  ca.not_after = kNow + absl::Hours(2);
  const Forged anchor = Forge(ca);
  TrustOnly("br", anchor);
  const Forged leaf = Forge(Forgery{}, &anchor);
  const auto peer = Judge({&leaf});
  ASSERT_OK(peer);
  EXPECT_EQ(peer->not_after, ca.not_after);
}

// While a member changes its CA the card lists both; they may even have one name.
TEST_F(JudgeTest, TwoIssuersOfOneName) {
  const Forged second = Forge(CaForgery("br CA"));
  trust_.members["br"].issuers.push_back(second.certificate());
  for (const bool key_ids : {true, false}) {
    Forgery forgery;
    forgery.key_ids = key_ids;
    const Forged by_first = Forge(forgery, &cas_["br"]);
    const Forged by_second = Forge(forgery, &second);
    EXPECT_OK(Judge({&by_first}));
    EXPECT_OK(Judge({&by_second}));
  }
}

// The reason that helps wins: an expired certificate of the second issuer is expired, not foreign.
TEST_F(JudgeTest, TheReasonComesFromTheIssuerThatIssued) {
  const Forged second = Forge(CaForgery("br other CA"));
  Forgery forgery;
  forgery.not_after = kNow - absl::Seconds(1);
  const Forged leaf = Forge(forgery, &second);
  for (const bool first : {true, false}) {
    auto& issuers = trust_.members["br"].issuers;
    issuers = {cas_["br"].certificate()};
    issuers.insert(first ? issuers.begin() : issuers.end(), second.certificate());
    EXPECT_THAT(Judge({&leaf}), HasReason(Reason::CERTIFICATE_EXPIRED));
  }
}

TEST_F(JudgeTest, RevokedKeys) {
  const Forged root = Forge(CaForgery("br root", "1"));
  const Forged intermediate = Forge(CaForgery("br intermediate"), &root);
  const Forged leaf = Forge(Forgery{}, &intermediate);
  TrustOnly("br", root);
  for (const Forged* revoked : {&leaf, &intermediate, &root}) {
    trust_.members["br"].revoked_spki = {revoked->certificate().spki_digest()};
    EXPECT_THAT(Judge({&leaf, &intermediate}), HasReason(Reason::CERTIFICATE_REVOKED));
  }
  // Another member's card revokes nothing of ours.
  trust_.members["br"].revoked_spki.clear();
  trust_.members["ru"].revoked_spki = {leaf.certificate().spki_digest()};
  EXPECT_OK(Judge({&leaf, &intermediate}));
}

// A new certificate over a revoked key is revoked too.
TEST_F(JudgeTest, RevocationNamesTheKeyNotTheCertificate) {
  Forgery forgery;
  forgery.key = KeyKind::kRsa2048;  // one key serves a whole run
  const Forged first = Forge(forgery, &cas_["br"]);
  const Forged second = Forge(forgery, &cas_["br"]);
  ASSERT_NE(first.der, second.der);
  trust_.members["br"].revoked_spki = {first.certificate().spki_digest()};
  EXPECT_THAT(Judge({&second}), HasReason(Reason::CERTIFICATE_REVOKED));
}

TEST_F(JudgeTest, OnlyFullMembersAndObservers) {
  for (const char* member : {"br", "ru", "in"}) {
    Forgery forgery;
    forgery.names = NodeOf(member);
    const Forged leaf = Forge(forgery, &cas_[member]);
    EXPECT_OK(Judge({&leaf})) << member;
  }
  for (const char* member : {"cn", "za"}) {
    Forgery forgery;
    forgery.names = NodeOf(member);
    const Forged leaf = Forge(forgery, &cas_[member]);
    EXPECT_THAT(Judge({&leaf}), HasReason(Reason::NOT_ON_ROSTER)) << member;
  }
  Forgery stranger;
  stranger.names = NodeOf("xx");
  EXPECT_THAT(JudgeLeaf(stranger), HasReason(Reason::NOT_ON_ROSTER));
}

TEST_F(JudgeTest, AnotherFederation) {
  for (const char* uri : {"URI:spiffe://br.other.example/node/node-1",
                          "URI:spiffe://br.x.sti.brics.example/node/node-1"}) {
    Forgery forgery;
    forgery.names = uri;
    EXPECT_THAT(JudgeLeaf(forgery), HasReason(Reason::WRONG_IDENTITY)) << uri;
  }
}

TEST_F(JudgeTest, NodesAndOperatorsHavePortsOfTheirOwn) {
  EXPECT_THAT(JudgeLeaf(Forgery{}, kOperatorPort), HasReason(Reason::WRONG_PORT));
  EXPECT_THAT(JudgeLeaf(Operator(), kNodePort), HasReason(Reason::WRONG_PORT));
}

// Whether the port is the right one is said only of a proven identity.
TEST_F(JudgeTest, AForgedIdentityIsForgedOnEveryPort) {
  const Forged leaf = Forge(Operator(), &cas_["ru"]);
  EXPECT_THAT(Judge({&leaf}, kNodePort), HasReason(Reason::WRONG_ISSUER));
}

TEST_F(JudgeTest, TheDiallerGetsWhomItDialled) {
  const Forged leaf = Forge(Forgery{}, &cas_["br"]);
  const auto dial = [&](const char* member, std::optional<std::string> name) {
    return Judge({&leaf}, {TlsIdentity::Kind::kNode, member, std::move(name)});
  };
  EXPECT_OK(dial("br", std::nullopt));
  EXPECT_OK(dial("br", "node-1"));
  EXPECT_THAT(dial("ru", std::nullopt), HasReason(Reason::WRONG_IDENTITY));
  EXPECT_THAT(dial("br", "node-2"), HasReason(Reason::WRONG_IDENTITY));
  Forgery both = Operator();
  both.extended_key_usage = "clientAuth,serverAuth";
  EXPECT_THAT(JudgeLeaf(both, {TlsIdentity::Kind::kNode, "br", std::nullopt}),
              HasReason(Reason::WRONG_IDENTITY));
}

TEST_F(JudgeTest, UnreadableIssuersOpenNothingAndAreReported) {
  const std::vector<std::string> ders = {"no certificate", cas_["br"].der};
  const std::vector<std::string> revoked = {"short", std::string(32, 'x')};
  std::vector<absl::Status> unreadable;
  const MemberTrust member = MakeMemberTrust(MemberStatus::kFull, ders, revoked, &unreadable);
  EXPECT_EQ(member.issuers.size(), 1U);
  EXPECT_EQ(member.revoked_spki.size(), 1U);
  ASSERT_EQ(unreadable.size(), 2U);
  EXPECT_THAT(unreadable[0], HasReason(Reason::BAD_CERTIFICATE));
  EXPECT_THAT(unreadable[1], HasReason(Reason::BAD_ENCODING));
}

TEST_F(JudgeTest, AcceptedPeersLoseTrustWithRosterCardAndTime) {
  const Forged leaf = Forge(Forgery{}, &cas_["br"]);
  const auto peer = Judge({&leaf});
  ASSERT_OK(peer);
  EXPECT_OK(CheckStillTrusted(*peer, trust_, kNow));
  EXPECT_THAT(CheckStillTrusted(*peer, trust_, peer->not_after),
              HasReason(Reason::CERTIFICATE_EXPIRED));
  EXPECT_THAT(CheckStillTrusted(*peer, trust_, peer->not_before - absl::Seconds(1)),
              HasReason(Reason::CERTIFICATE_NOT_YET_VALID));
  Trust changed = trust_;
  changed.members["br"].status = MemberStatus::kSuspended;
  EXPECT_THAT(CheckStillTrusted(*peer, changed, kNow), HasReason(Reason::NOT_ON_ROSTER));
  changed = trust_;
  changed.members.erase("br");
  EXPECT_THAT(CheckStillTrusted(*peer, changed, kNow), HasReason(Reason::NOT_ON_ROSTER));
  changed = trust_;
  changed.members["br"].revoked_spki.insert(cas_["br"].certificate().spki_digest());
  EXPECT_THAT(CheckStillTrusted(*peer, changed, kNow), HasReason(Reason::CERTIFICATE_REVOKED));
  changed = trust_;
  changed.members["br"].issuers = {cas_["ru"].certificate()};
  EXPECT_THAT(CheckStillTrusted(*peer, changed, kNow), HasReason(Reason::WRONG_ISSUER));
}

TEST_F(JudgeTest, SentChainTakesBothWaysInWhichLibrariesGiveIt) {
  const Certificate leaf = Forge(Forgery{}, &cas_["br"]).certificate();
  const Certificate other = cas_["br"].certificate();
  const std::vector<Certificate> both = {leaf, other};
  EXPECT_THAT(SentChain("", ""), HasReason(Reason::NO_CERTIFICATE));
  EXPECT_EQ(*SentChain(leaf.Pem(), ""), std::vector<Certificate>{leaf});
  EXPECT_EQ(*SentChain(leaf.Pem(), other.Pem()), both);
  EXPECT_EQ(*SentChain(leaf.Pem(), leaf.Pem() + other.Pem()), both);
  EXPECT_THAT(SentChain(leaf.Pem() + other.Pem(), ""), HasReason(Reason::BAD_CERTIFICATE));
  EXPECT_THAT(SentChain(leaf.Pem(), "garbage"), HasReason(Reason::BAD_CERTIFICATE));
}

}  // namespace
}  // namespace plenary::certs::testing
