#include "tests/vectors/rotation_kind.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/envelope.h"
#include "ledger/roster.h"
#include "ledger/status.h"

namespace plenary::vectors {
namespace {

struct Version {
  std::vector<int> keys;
  std::vector<int> signers;
  uint32_t threshold = 0;
  bool accepted = false;  // by TUF
};

Version Read(const nlohmann::json& json) {
  return Version{json.at("keys").get<std::vector<int>>(), json.at("sigs").get<std::vector<int>>(),
                 json.at("threshold").get<uint32_t>(), json.at("result") == "accept"};
}

bool Contains(const std::vector<int>& all, int one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// Keys by their index in the scenario.
class Keys {
 public:
  const Signer& Get(int index) {
    auto& key = keys_[index];
    if (key == nullptr) {
      auto made = Ed25519SignerFromSeed(Sha256({"rotation ", absl::StrCat(index)}).view());
      CHECK_OK(made);
      key = *std::move(made);
    }
    return *key;
  }

 private:
  std::map<int, std::unique_ptr<Signer>> keys_;
};

// The version in force, and what a next one is made from.
class Play {
 public:
  Verdict Begin(const Version& first);
  Verdict Next(const Version& version);
  bool over() const { return over_; }

 private:
  // The roster that lists `version`'s keys after the one in force; `returning` if one was retired.
  v1::Roster Build(const Version& version, bool& returning);
  v1::Key MakeKey(int index);
  void Join(v1::Roster& roster, int index);
  std::string Sign(const v1::Roster& roster, const std::vector<int>& signers);
  Verdict Mend(const Version& version, v1::Roster roster, const absl::Status& refusal);

  Keys keys_;
  std::optional<RosterChain> chain_;
  std::vector<int> listed_;               // keys of the version in force
  std::map<int, std::string> member_of_;  // of every key ever seen in force
  bool over_ = false;
};

uint32_t LowestThreshold(const Version& version) {
  return static_cast<uint32_t>(version.keys.size() / 2 + 1);
}

v1::Key Play::MakeKey(int index) {
  v1::Key key;
  key.set_algorithm(static_cast<uint32_t>(Algorithm::kEd25519));
  key.set_spki(keys_.Get(index).public_key().spki());
  key.set_status(v1::KEY_STATUS_ACTIVE);
  return key;
}

void Play::Join(v1::Roster& roster, int index) {
  v1::Member& member = *roster.add_members();
  member.set_code(absl::StrCat("m", index));
  member.set_status(v1::MEMBER_STATUS_FULL);
  *member.add_roots() = MakeKey(index);
}

std::string Play::Sign(const v1::Roster& roster, const std::vector<int>& signers) {
  const std::string payload = roster.SerializeAsString();
  std::vector<std::string> signatures;
  for (const int signer : signers) {
    signatures.push_back(keys_.Get(signer).Sign(Pae(PayloadKind::kRoster, payload)));
  }
  return FormatEnvelope(PayloadKind::kRoster, payload, signatures);
}

Verdict Play::Begin(const Version& first) {
  v1::Roster roster;
  roster.set_federation("rotation.example");
  roster.set_version(1);
  roster.set_rules(1);
  roster.add_author_algorithms(1);
  roster.set_threshold(first.threshold);
  for (const int key : first.keys) Join(roster, key);
  if (first.threshold < LowestThreshold(first)) {
    const auto refused = RosterChain::Begin(Sign(roster, first.keys));
    if (ReasonOf(refused.status()) != Reason::BAD_THRESHOLD) {
      return "version 1: expected a threshold of half or less to be refused";
    }
    roster.set_threshold(LowestThreshold(first));
  }
  auto chain = RosterChain::Begin(Sign(roster, first.keys));
  if (!chain.ok()) return absl::StrCat("version 1: ", Explain(chain.status()));
  chain_ = *std::move(chain);
  listed_ = first.keys;
  for (const int key : first.keys) member_of_[key] = absl::StrCat("m", key);
  return "";
}

v1::Roster Play::Build(const Version& version, bool& returning) {
  v1::Roster roster = chain_->newest().payload();
  roster.set_version(chain_->newest().version() + 1);
  roster.set_previous(chain_->newest().digest().bytes());
  roster.set_threshold(version.threshold);
  std::vector<int> gone;
  std::vector<int> come;
  for (const int key : listed_) {
    if (!Contains(version.keys, key)) gone.push_back(key);
  }
  for (const int key : version.keys) {
    if (!Contains(listed_, key)) come.push_back(key);
  }
  const auto find = [&roster](const std::string& code) {
    return std::find_if(roster.mutable_members()->begin(), roster.mutable_members()->end(),
                        [&code](const v1::Member& member) { return member.code() == code; });
  };
  for (const int key : gone) {
    v1::Member& member = *find(member_of_[key]);
    for (v1::Key& root : *member.mutable_roots()) root.set_status(v1::KEY_STATUS_RETIRED);
    if (come.empty()) {
      member.set_status(v1::MEMBER_STATUS_WITHDRAWN);
      continue;
    }
    if (member_of_.count(come.front()) == 0) *member.add_roots() = MakeKey(come.front());
    returning = returning || member_of_.count(come.front()) != 0;
    member_of_.emplace(come.front(), member.code());
    come.erase(come.begin());
  }
  for (const int key : come) {
    returning = returning || member_of_.count(key) != 0;
    if (member_of_.emplace(key, absl::StrCat("m", key)).second) Join(roster, key);
  }
  for (const int key : version.keys) {
    v1::Member& member = *find(member_of_[key]);
    for (v1::Key& root : *member.mutable_roots()) {
      if (root.spki() == keys_.Get(key).public_key().spki()) {
        root.set_status(v1::KEY_STATUS_ACTIVE);
      }
    }
    if (returning) member.set_status(v1::MEMBER_STATUS_FULL);
  }
  return roster;
}

// `refusal` must be for one of the rules that we have and TUF has not; without them it must pass.
Verdict Play::Mend(const Version& version, v1::Roster roster, const absl::Status& refusal) {
  const std::set<Reason> allowed = {Reason::BAD_THRESHOLD, Reason::BAD_SIGNATURE,
                                    Reason::NEW_KEY_DID_NOT_SIGN, Reason::THRESHOLD_OF_OLD,
                                    Reason::THRESHOLD_OF_NEW};
  const auto reason = ReasonOf(refusal);
  if (!reason.has_value() || allowed.count(*reason) == 0) {
    return absl::StrCat("expected accept or a rule that TUF lacks, got ", Explain(refusal));
  }
  std::vector<int> signers;
  const bool raised = version.threshold < LowestThreshold(version) ||
                      chain_->newest().payload().threshold() > version.threshold;
  for (const int key : version.keys) {
    const bool fresh = !Contains(listed_, key);
    if (raised || fresh || Contains(version.signers, key)) signers.push_back(key);
  }
  for (const int key : listed_) {
    if (Contains(signers, key)) continue;
    if (raised || Contains(version.signers, key)) signers.push_back(key);
  }
  roster.set_threshold(std::max(version.threshold, LowestThreshold(version)));
  const absl::Status mended = chain_->Append(Sign(roster, signers));
  return mended.ok() ? "" : absl::StrCat("expected accept once mended, got ", Explain(mended));
}

Verdict Play::Next(const Version& version) {
  const auto members_before = member_of_;
  bool returning = false;
  const v1::Roster roster = Build(version, returning);
  const absl::Status status = chain_->Append(Sign(roster, version.signers));
  if (!version.accepted) {
    member_of_ = members_before;
    return status.ok() ? "expected reject, got accept" : "";
  }
  if (returning) {
    over_ = true;
    return status.ok() ? "expected a key that comes back to be refused" : "";
  }
  if (!status.ok()) {
    const Verdict verdict = Mend(version, roster, status);
    if (!verdict.empty()) return verdict;
  }
  listed_ = version.keys;
  return "";
}

}  // namespace

Verdict PlayRotation(const nlohmann::json& test_case) {
  const nlohmann::json& versions = test_case.at("versions");
  Play play;
  Verdict verdict = play.Begin(Read(versions.at(0)));
  for (size_t i = 1; i < versions.size() && verdict.empty() && !play.over(); ++i) {
    verdict = play.Next(Read(versions.at(i)));
    if (!verdict.empty()) verdict = absl::StrCat("version ", i + 1, ": ", verdict.complaint());
  }
  return verdict;
}

}  // namespace plenary::vectors
