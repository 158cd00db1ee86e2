// A node of a federation of one, with its operator listener, and operators that call it: the world
// of the services' tests. Signed is final there, held by no other member.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "certs/certificate.h"
#include "ledger/commit.h"
#include "ledger/status.h"
#include "node/loop.h"
#include "node/node.h"
#include "node/services/admin_service.h"
#include "node/services/audit_service.h"
#include "node/services/operator_server.h"
#include "node/services/register_service.h"
#include "node/system_environment.h"
#include "node/transport/no_transport.h"
#include "plenary/v1/record.pb.h"
#include "tests/node/transport_world.h"
#include "tests/support/trusting_credentials.h"
#include "tests/support/world.h"

namespace plenary::node::testing {

namespace api = ::plenary::v1;
using plenary::testing::World;

// What one operator calls.
struct Operator {
  std::unique_ptr<api::RegisterService::Stub> records;
  std::unique_ptr<api::AuditService::Stub> audit;
  std::unique_ptr<api::AdminService::Stub> admin;
};

template <typename Call>
absl::Status Ask(Call call) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  return FromGrpcStatus(call(&context));
}

// One thread at a time.
class ServicesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = Store::Open({.path = dir_.path() + "/store", .create = true});
    ASSERT_OK(store);
    store_ = *std::move(store);
    {
      const LoopScope before_the_loop;
      ASSERT_OK(Node::InitStore(*store_, random_, world_.genesis(), code(), /*first=*/true));
    }
    auto node = Node::Create(
        {.member = code(),
         .node = "node-1",
         .endpoints = {},
         .log_key = &world_.Log(code()),
         .cosigner_key = &world_.Cosigner(code()),
         .software = "test"},
        {{std::string(world_.roster().envelope())}, {std::string(world_.card(code()).envelope())}},
        system_.With(&loop_, &transport_), *store_);
    ASSERT_OK(node);
    node_ = *std::move(node);
    ASSERT_OK(node_->Start());
    thread_ = std::thread([this] { loop_.Run(); });
    const Forged own = Forge(Federation::NodePlan(code(), "node-1"), &federation_.Ca(code()));
    const TlsFiles files = Install(dir_.path(), own);
    auto tls = Tls::Create(files, {}, &trust_, &system_.clock());
    ASSERT_OK(tls);
    tls_ = *std::move(tls);
    service_ = {node_.get(), &edge_, &tokens_, &system_.clock(), code()};
    records_.emplace(service_);
    audit_.emplace(service_);
    admin_.emplace(service_, ProcessFacts{.federation = world_.federation(),
                                          .node = "node-1",
                                          .software = "test",
                                          .start_time = absl::Now(),
                                          .tls = files});
    auto server = OperatorServer::Start("127.0.0.1:0", *tls_, {&*records_, &*audit_, &*admin_},
                                        [](const absl::Status&) {});
    ASSERT_OK(server);
    server_ = *std::move(server);
    clerk_ = As(code(), "alice");
    ASSERT_TRUE(WaitUntilActive());
  }
  void TearDown() override {
    if (server_ != nullptr) server_->Stop(0);
    loop_.Stop();
    if (thread_.joinable()) thread_.join();
  }

  const std::string& code() const { return world_.codes()[0]; }
  static RoleTable Table() {
    Roles clerk, reader, admin;
    clerk.Add(Role::kClerk);
    reader.Add(Role::kReader);
    admin.Add(Role::kAdmin);
    return {{"spiffe://br.sti.brics.example/operator/alice", clerk},
            {"spiffe://br.sti.brics.example/operator/root", admin},
            {"spiffe://za.sti.brics.example/operator/zola", reader}};
  }
  Operator As(const std::string& member, const std::string& name) {
    const Forged identity = Forge(Federation::OperatorPlan(member, name), &federation_.Ca(member));
    const auto channel = grpc::CreateChannel(
        absl::StrCat("127.0.0.1:", server_->port()),
        plenary::testing::TrustingCredentials(certs::testing::KeyPem(*identity.key),
                                              identity.certificate().Pem()));
    return {api::RegisterService::NewStub(channel), api::AuditService::NewStub(channel),
            api::AdminService::NewStub(channel)};
  }
  bool WaitUntilActive() {
    const absl::Time deadline = absl::Now() + kPatience;
    while (absl::Now() < deadline) {
      api::GetNodeStatusResponse status;
      EXPECT_OK(
          Ask([&](auto* context) { return clerk_.admin->GetNodeStatus(context, {}, &status); }));
      if (status.state() == api::NODE_STATE_ACTIVE) return true;
    }
    return false;
  }

  // The view follows behind a commit's receipt.
  bool WaitUntilSeen(const std::function<bool()>& seen) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (!seen()) {
      if (absl::Now() >= deadline) return false;
    }
    return true;
  }

  // A commit of one meeting.
  api::SubmitCommitRequest Meeting(const std::string& id, const std::string& title = "A meeting",
                                   uint64_t revision = 1, const std::string& previous = "") {
    return MeetingFor(Audience::Members(code()), id, title, revision, previous);
  }
  api::SubmitCommitRequest MeetingFor(const Audience& audience, const std::string& id,
                                      const std::string& title = "A meeting", uint64_t revision = 1,
                                      const std::string& previous = "") {
    api::Record record;
    record.set_schema(1);
    record.set_name("members/" + code() + "/meetings/" + id);
    record.set_revision(revision);
    record.set_previous(previous);
    record.set_salt(std::string(16, 's'));
    record.mutable_meeting()->set_title(title);
    CommitDraft draft;
    draft.origin = world_.Origin(code());
    draft.roster = {world_.roster().version(), world_.roster().digest()};
    draft.card = {world_.card(code()).version(), world_.card(code()).digest()};
    draft.records.push_back({record.SerializeAsString(), audience, false});
    const auto made = MakeCommit(draft, {&world_.Author(code())});
    EXPECT_OK(made);
    api::SubmitCommitRequest request;
    request.set_envelope(made->leaf);
    request.add_records(draft.records[0].bytes);
    request.set_wait(api::SUBMIT_WAIT_FINAL);
    return request;
  }
  absl::StatusOr<api::Receipt> Submit(const api::SubmitCommitRequest& request) {
    api::SubmitCommitResponse response;
    RETURN_IF_ERROR(Ask(
        [&](auto* context) { return clerk_.records->SubmitCommit(context, request, &response); }));
    return response.receipt();
  }
  std::string Name(const std::string& id) const { return "members/" + code() + "/meetings/" + id; }

  Federation federation_;
  World world_{1};
  TempDir dir_;
  SystemEnvironment system_;
  SystemRandom random_;
  NoTransport transport_;
  Loop loop_{system_.clock()};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Node> node_;
  std::thread thread_;
  TrustHolder trust_{federation_.Trust()};
  std::unique_ptr<Tls> tls_;
  RpcEdge edge_{Table(), &trust_, &system_.clock()};
  PageTokens tokens_{std::string(32, 'p')};
  ServiceContext service_;
  std::optional<RegisterServer> records_;
  std::optional<AuditServer> audit_;
  std::optional<AdminServer> admin_;
  std::unique_ptr<OperatorServer> server_;
  Operator clerk_;
};

}  // namespace plenary::node::testing
