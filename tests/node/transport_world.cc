#include "tests/node/transport_world.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "certs/certificate.h"

namespace plenary::node::testing {
namespace {

// Before gRPC is used anywhere in the test program, as in plenaryd's main.
const bool kOnlyTls13 = (AllowOnlyTls13(), true);

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace

Federation::Federation() {
  CHECK(kOnlyTls13);
  for (const char* member : {"br", "in", "za"}) {
    Forgery plan = certs::testing::CaForgery(absl::StrCat(member, " CA"));
    plan.not_before = absl::Now() - absl::Hours(1);
    plan.not_after = absl::Now() + absl::Hours(1000);
    cas_[member] = Forge(plan);
  }
}

certs::Trust Federation::Trust() const {
  certs::Trust trust;
  trust.federation = kFederation;
  for (const auto& [member, ca] : cas_) {
    const std::vector<std::string> ders = {ca.der};
    trust.members[member] = certs::MakeMemberTrust(certs::MemberStatus::kFull, ders, {});
  }
  return trust;
}

Forgery Federation::NodePlan(const std::string& member, const std::string& node) {
  Forgery plan;
  plan.names = absl::StrCat("URI:spiffe://", member, ".", kFederation, "/node/", node);
  plan.not_before = absl::Now() - absl::Hours(1);
  plan.not_after = absl::Now() + absl::Hours(100);
  return plan;
}

Forgery Federation::OperatorPlan(const std::string& member, const std::string& name) {
  Forgery plan = NodePlan(member, "x");
  plan.names = absl::StrCat("URI:spiffe://", member, ".", kFederation, "/operator/", name);
  plan.extended_key_usage = "clientAuth";
  return plan;
}

TlsFiles Install(const std::string& folder, const Forged& identity) {
  namespace fs = std::filesystem;
  int version = 0;
  while (fs::exists(absl::StrCat(folder, "/v", version))) ++version;
  const std::string made = absl::StrCat(folder, "/v", version);
  fs::create_directory(made);
  WriteFile(made + "/key.pem", certs::testing::KeyPem(*identity.key));
  WriteFile(made + "/cert.pem", identity.certificate().Pem());
  fs::create_directory_symlink(absl::StrCat("v", version), folder + "/next");
  fs::rename(folder + "/next", folder + "/current");
  return {.certificate = folder + "/current/cert.pem", .key = folder + "/current/key.pem"};
}

void Recorder::OnLinkUp(LinkId link, const LinkPeer& peer) {
  {
    absl::MutexLock lock(&mutex_);
    ++state_.events;
    EXPECT_EQ(state_.links.count(link), 0u) << "a link's number was used twice";
    state_.links[link].peer = peer;
  }
  if (writable_) writable_(link);
}

void Recorder::OnFrame(LinkId link, std::unique_ptr<plenary::v1::Frame> frame) {
  absl::MutexLock lock(&mutex_);
  const auto go = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !held_; };
  mutex_.Await(absl::Condition(&go));
  ++state_.events;
  ASSERT_EQ(state_.links.count(link), 1u) << "a frame of a link that was never up";
  LinkRecord& record = state_.links[link];
  EXPECT_FALSE(record.down.has_value()) << "a frame after the last event of its link";
  ++record.frames;
  record.bytes += frame->ByteSizeLong();
  if (frame->has_ping()) record.pings.push_back(frame->ping().number());
}

void Recorder::OnWritable(LinkId link) {
  {
    absl::MutexLock lock(&mutex_);
    ++state_.events;
    ++state_.links[link].writable;
  }
  if (writable_) writable_(link);
}

void Recorder::OnLinkDown(LinkId link, const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  ++state_.events;
  ASSERT_EQ(state_.links.count(link), 1u);
  EXPECT_FALSE(state_.links[link].down.has_value()) << "down twice";
  EXPECT_FALSE(why.ok()) << "a link that ends has a reason";
  state_.links[link].down = why;
}

void Recorder::OnDialFailed(uint64_t dial, const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  ++state_.events;
  EXPECT_EQ(state_.failed_dials.count(dial), 0u) << "failed twice";
  state_.failed_dials[dial] = why;
}

void Recorder::OnRefused(const std::string& address, const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  ++state_.events;
  state_.refused.emplace_back(address, why);
}

void Recorder::Hold() {
  absl::MutexLock lock(&mutex_);
  held_ = true;
}

void Recorder::LetGo() {
  absl::MutexLock lock(&mutex_);
  held_ = false;
}

bool Recorder::Wait(const std::function<bool(const State&)>& true_now, const char* what) {
  absl::MutexLock lock(&mutex_);
  const auto holds = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return true_now(state_); };
  const bool came = mutex_.AwaitWithTimeout(absl::Condition(&holds), kPatience);
  EXPECT_TRUE(came) << "waited in vain: " << what;
  return came;
}

Recorder::State Recorder::Get() const {
  absl::MutexLock lock(&mutex_);
  return state_;
}

LinkId Recorder::WaitForLink(size_t n) {
  if (!Wait([n](const State& state) { return state.links.size() > n; }, "a link")) return 0;
  return std::next(Get().links.begin(), static_cast<std::ptrdiff_t>(n))->first;
}

absl::Status Recorder::WaitForDown(LinkId link) {
  const auto down = [link](const State& state) {
    const auto found = state.links.find(link);
    return found != state.links.end() && found->second.down.has_value();
  };
  if (!Wait(down, "the end of a link")) return absl::OkStatus();
  return *Get().links.at(link).down;
}

absl::Status Recorder::WaitForFailedDial(uint64_t dial) {
  const auto failed = [dial](const State& state) { return state.failed_dials.count(dial) > 0; };
  if (!Wait(failed, "a failed dial")) return absl::OkStatus();
  return Get().failed_dials.at(dial);
}

bool Recorder::WaitForRefusal(Reason reason) {
  return Wait(
      [reason](const State& state) {
        for (const auto& [address, why] : state.refused) {
          if (ReasonOf(why) == reason) return true;
        }
        return false;
      },
      RowOf(reason).name);
}

Station::Station(const Federation& federation, const std::string& member, const std::string& node,
                 bool listens, const Forged* identity)
    : member_(member), node_(node), loop_(&clock_), trust_(federation.Trust()) {
  Forged own;
  if (identity == nullptr) {
    own = Forge(Federation::NodePlan(member, node), &federation.Ca(member));
    identity = &own;
  }
  auto transport = GrpcTransport::Create({.own = {.member = member,
                                                  .federation = kFederation,
                                                  .kind = TlsIdentity::Kind::kNode,
                                                  .name = node},
                                          .files = Install(dir_.path(), *identity),
                                          .listen = listens ? "127.0.0.1:0" : ""},
                                         {.clock = &clock_,
                                          .random = nullptr,
                                          .executor = &loop_,
                                          .transport = nullptr,
                                          .disk = nullptr},
                                         &trust_);
  EXPECT_OK(transport);
  transport_ = *std::move(transport);
}

Station::~Station() {
  recorder_.LetGo();
  Stop();
  loop_.Join();
}

void Station::Stop() {
  loop_.RunOnLoop([this] { transport_->Stop(); });
}

std::string Station::Address() const { return absl::StrCat("127.0.0.1:", transport_->port()); }

void Station::Dial(uint64_t dial, const Station& other) {
  transport_->Dial(dial, other.member(), other.node(), other.Address());
}

std::pair<LinkId, LinkId> Station::LinkWith(Station& other) {
  const size_t mine = recorder_.Get().links.size();
  const size_t theirs = other.recorder_.Get().links.size();
  Dial(1000 + mine, other);
  return {recorder_.WaitForLink(mine), other.recorder_.WaitForLink(theirs)};
}

void Station::SendPing(LinkId link, uint64_t number, Priority priority,
                       const std::string& replaces) {
  auto frame = std::make_unique<plenary::v1::Frame>();
  frame->mutable_ping()->set_number(number);
  transport_->Send(link, priority, std::move(frame), replaces);
}

void Station::SendBulk(LinkId link, size_t bytes, Priority priority) {
  auto frame = std::make_unique<plenary::v1::Frame>();
  frame->mutable_commits()->add_commits()->set_envelope(std::string(bytes, 'b'));
  transport_->Send(link, priority, std::move(frame), "");
}

}  // namespace plenary::node::testing
