// Who may do what on the operator port. If one of these failed, a clerk could administer, another
// member's operator could read, or one operator's program could take the node from everybody else.
#include "node/services/rpc_edge.h"

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "ledger/status.h"
#include "node/services/operator_server.h"
#include "plenary/v1/register_service.grpc.pb.h"
#include "tests/node/transport_world.h"
#include "tests/support/trusting_credentials.h"

namespace plenary::node::testing {
namespace {

using plenary::v1::GetReceiptRequest;
using plenary::v1::GetReceiptResponse;
using plenary::v1::GetRecordRequest;
using plenary::v1::GetRecordResponse;
using plenary::v1::RegisterService;

// Answers GetRecord to readers and GetReceipt to clerks; holds calls while told to.
class Service : public RegisterService::CallbackService {
 public:
  explicit Service(RpcEdge* edge) : edge_(*edge) {}

  grpc::ServerUnaryReactor* GetRecord(grpc::CallbackServerContext* context, const GetRecordRequest*,
                                      GetRecordResponse* response) override {
    const auto caller = edge_.Admit(*context, Role::kReader);
    if (!caller.ok()) return FinishNow(context, caller.status());
    response->mutable_record()->set_name(caller->identity().Uri());
    response->mutable_record()->set_record_bytes(
        static_cast<uint32_t>(edge_.DeadlineMs(*context) - clock_.MonotonicMs()));
    return FinishNow(context, absl::OkStatus());
  }
  // Keeps the call open until it is cancelled.
  grpc::ServerUnaryReactor* GetReceipt(grpc::CallbackServerContext* context,
                                       const GetReceiptRequest*, GetReceiptResponse*) override {
    auto caller = edge_.Admit(*context, Role::kClerk);
    if (!caller.ok()) return FinishNow(context, caller.status());
    class Held : public grpc::ServerUnaryReactor {
     public:
      Held(Caller held, std::atomic<int>* count) : caller_(std::move(held)), count_(*count) {
        ++count_;
      }
      void OnCancel() override { Finish(grpc::Status::CANCELLED); }
      void OnDone() override {
        std::atomic<int>& count = count_;
        delete this;
        --count;
      }

     private:
      Caller caller_;
      std::atomic<int>& count_;
    };
    return new Held(*std::move(caller), &held_);
  }
  int held() const { return held_; }

 private:
  RpcEdge& edge_;
  MovableClock clock_;
  std::atomic<int> held_ = 0;
};

class RpcEdgeTest : public ::testing::Test {
 protected:
  RpcEdgeTest() {
    const Forged own = Forge(Federation::NodePlan("in", "node-1"), &federation_.Ca("in"));
    auto tls = Tls::Create(Install(dir_.path(), own), {}, &trust_, &clock_);
    EXPECT_OK(tls);
    tls_ = *std::move(tls);
    auto server =
        OperatorServer::Start("127.0.0.1:0", *tls_, {&service_}, [](const absl::Status&) {});
    EXPECT_OK(server);
    server_ = *std::move(server);
  }
  static RoleTable Table() {
    Roles clerk, reader;
    clerk.Add(Role::kClerk);
    reader.Add(Role::kReader);
    return {{"spiffe://in.sti.brics.example/operator/alice", clerk},
            {"spiffe://br.sti.brics.example/operator/bruno", reader}};
  }
  Forged Operator(const std::string& member, const std::string& name) {
    return Forge(Federation::OperatorPlan(member, name), &federation_.Ca(member));
  }
  std::unique_ptr<RegisterService::Stub> Stub(const Forged& identity) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return RegisterService::NewStub(grpc::CreateCustomChannel(
        absl::StrCat("127.0.0.1:", server_->port()),
        plenary::testing::TrustingCredentials(certs::testing::KeyPem(*identity.key),
                                              identity.certificate().Pem()),
        arguments));
  }
  static absl::Status Read(RegisterService::Stub& stub, GetRecordResponse* response,
                           std::chrono::seconds timeout = std::chrono::seconds(30)) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    return FromGrpcStatus(stub.GetRecord(&context, GetRecordRequest(), response));
  }

  Federation federation_;
  TempDir dir_;
  MovableClock clock_;
  TrustHolder trust_{federation_.Trust()};
  RpcEdge edge_{Table(), &trust_, &clock_};
  Service service_{&edge_};
  std::unique_ptr<Tls> tls_;
  std::unique_ptr<OperatorServer> server_;
};

TEST_F(RpcEdgeTest, KnowsTheCallerByFullIdentity) {
  GetRecordResponse response;
  auto alice = Stub(Operator("in", "alice"));
  ASSERT_OK(Read(*alice, &response));
  EXPECT_EQ(response.record().name(), "spiffe://in.sti.brics.example/operator/alice");
  auto bruno = Stub(Operator("br", "bruno"));
  EXPECT_OK(Read(*bruno, &response)) << "another member's operator that is listed";
}

TEST_F(RpcEdgeTest, WhoIsNotListedHasNoRole) {
  GetRecordResponse response;
  for (const Forged& stranger : {Operator("in", "mallory"), Operator("br", "alice")}) {
    auto stub = Stub(stranger);
    EXPECT_THAT(Read(*stub, &response), HasReason(Reason::NO_ROLE));
  }
}

TEST_F(RpcEdgeTest, AReaderIsNoClerk) {
  auto bruno = Stub(Operator("br", "bruno"));
  grpc::ClientContext context;
  GetReceiptResponse response;
  EXPECT_THAT(FromGrpcStatus(bruno->GetReceipt(&context, GetReceiptRequest(), &response)),
              HasReason(Reason::NO_ROLE));
}

TEST_F(RpcEdgeTest, TrustIsJudgedAtEachCallOfAConnection) {
  GetRecordResponse response;
  const Forged identity = Operator("in", "alice");
  auto alice = Stub(identity);
  ASSERT_OK(Read(*alice, &response));
  certs::Trust trust = federation_.Trust();
  trust.members.at("in").revoked_spki.insert(identity.certificate().spki_digest());
  trust_.Set(trust);
  EXPECT_THAT(Read(*alice, &response), HasReason(Reason::CERTIFICATE_REVOKED));
  trust_.Set(federation_.Trust());
  EXPECT_OK(Read(*alice, &response));
  clock_.Add(absl::Hours(200));
  EXPECT_THAT(Read(*alice, &response), HasReason(Reason::CERTIFICATE_EXPIRED));
}

TEST_F(RpcEdgeTest, DeadlinesAreTheCallersButNotForEver) {
  GetRecordResponse response;
  auto alice = Stub(Operator("in", "alice"));
  ASSERT_OK(Read(*alice, &response, std::chrono::seconds(60)));
  EXPECT_LE(response.record().record_bytes(), 60'000u);
  EXPECT_GT(response.record().record_bytes(), 20'000u);
  ASSERT_OK(Read(*alice, &response, std::chrono::hours(100)));
  EXPECT_LE(response.record().record_bytes(), RpcEdge::kLongestCallMs);
}

TEST_F(RpcEdgeTest, OneOperatorCannotTakeEveryCall) {
  auto alice = Stub(Operator("in", "alice"));
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<GetReceiptResponse>> responses;
  absl::Mutex mutex;
  int done = 0;
  std::optional<absl::Status> refused;
  const GetReceiptRequest request;
  for (int i = 0; i <= RpcEdge::kCallsPerOperator; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    responses.push_back(std::make_unique<GetReceiptResponse>());
    alice->async()->GetReceipt(contexts.back().get(), &request, responses.back().get(),
                               [&](grpc::Status status) {
                                 absl::MutexLock lock(&mutex);
                                 ++done;
                                 if (!refused) refused = FromGrpcStatus(status);
                               });
  }
  {
    absl::MutexLock lock(&mutex);
    const auto one = [&] { return refused.has_value(); };
    ASSERT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&one), kPatience));
    EXPECT_THAT(*refused, HasReason(Reason::BUSY));
  }
  EXPECT_LE(service_.held(), RpcEdge::kCallsPerOperator);
  auto bruno = Stub(Operator("br", "bruno"));
  GetRecordResponse response;
  EXPECT_OK(Read(*bruno, &response)) << "others are served";
  for (const auto& context : contexts) context->TryCancel();
  absl::MutexLock lock(&mutex);
  const auto all = [&] { return done == RpcEdge::kCallsPerOperator + 1; };
  EXPECT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&all), kPatience));
}

TEST_F(RpcEdgeTest, ATakenPortIsSaid) {
  EXPECT_THAT(OperatorServer::Start(absl::StrCat("127.0.0.1:", server_->port()), *tls_, {&service_},
                                    [](const absl::Status&) {})
                  .status(),
              HasReason(Reason::UNAVAILABLE));
}

}  // namespace
}  // namespace plenary::node::testing
