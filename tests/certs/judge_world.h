// A federation of members with a CA each, for the tests of JudgePeer.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "certs/member_identity.h"
#include "tests/certs/forge.h"

namespace plenary::certs::testing {

inline constexpr char kFederation[] = "sti.brics.example";

inline const Expectation kNodePort{TlsIdentity::Kind::kNode, std::nullopt, std::nullopt};
inline const Expectation kOperatorPort{TlsIdentity::Kind::kOperator, std::nullopt, std::nullopt};

// br, ru: full; in: observer; cn: suspended; za: withdrawn.
class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() {
    trust_.federation = kFederation;
    Enrol("br", MemberStatus::kFull);
    Enrol("ru", MemberStatus::kFull);
    Enrol("in", MemberStatus::kObserver);
    Enrol("cn", MemberStatus::kSuspended);
    Enrol("za", MemberStatus::kWithdrawn);
  }

  void Enrol(const std::string& member, MemberStatus status) {
    const Forged& ca = cas_[member] = Forge(CaForgery(member + " CA"));
    const std::vector<std::string> ders = {ca.der};
    trust_.members[member] = MakeMemberTrust(status, ders, {});
  }

  static std::string NodeOf(const std::string& member) {
    return "URI:spiffe://" + member + "." + kFederation + "/node/node-1";
  }
  static Forgery Operator() {
    Forgery forgery;
    forgery.names = "URI:spiffe://br.sti.brics.example/operator/alice";
    forgery.extended_key_usage = "clientAuth";
    return forgery;
  }

  // The verdict on what `sent` holds; a certificate that does not even parse is refused there, as
  // on a connection.
  absl::StatusOr<PeerIdentity> Judge(const std::vector<const Forged*>& sent,
                                     const Expectation& expectation = kNodePort,
                                     absl::Time now = kNow) const {
    std::vector<Certificate> certificates;
    for (const Forged* forged : sent) {
      auto certificate = Certificate::FromDer(forged->der);
      if (!certificate.ok()) return certificate.status();
      certificates.push_back(*std::move(certificate));
    }
    return JudgePeer(certificates, trust_, now, expectation);
  }

  // A leaf by br's CA.
  absl::StatusOr<PeerIdentity> JudgeLeaf(const Forgery& forgery,
                                         const Expectation& expectation = kNodePort) const {
    const Forged leaf = Forge(forgery, &cas_.at("br"));
    return Judge({&leaf}, expectation);
  }

  void TrustOnly(const std::string& member, const Forged& anchor) {
    trust_.members[member].issuers = {anchor.certificate()};
  }

  std::map<std::string, Forged> cas_;
  Trust trust_;
};

}  // namespace plenary::certs::testing
