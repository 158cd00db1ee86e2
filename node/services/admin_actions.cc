// The part of AdminService that does: imports, joining a log, commits set aside, backups.
#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ledger/card.h"
#include "ledger/commit.h"
#include "ledger/digest.h"
#include "ledger/envelope.h"
#include "ledger/scan.h"
#include "ledger/shared_keys.h"
#include "ledger/status.h"
#include "node/services/admin_service.h"
#include "node/services/receipts.h"
#include "plenary/v1/card.pb.h"

namespace plenary::node {
namespace {

namespace api = ::plenary::v1;

// What one call submits anew; what is left is for the next one.
constexpr uint64_t kResubmittedBytes = uint64_t{64} << 20;

// Gives `envelopes` to `import` one after the other, then ends with `done`, which gets the first
// error or OK. Each step runs on the loop.
using ImportOne = std::function<void(std::string, Node::StatusDone)>;
void ImportInOrder(std::shared_ptr<std::vector<std::string>> envelopes, size_t next,
                   ImportOne import, Node::StatusDone done) {
  if (next == envelopes->size()) return done(absl::OkStatus());
  import((*envelopes)[next],
         [envelopes, next, import, done](const absl::Status& status) {
           if (!status.ok()) {
             return done(Annotate(status, absl::StrCat("envelope ", next + 1)));
}
ImportInOrder(envelopes, next + 1, import, done);
}  // namespace
);
}  // namespace plenary::node

// The member that a card envelope names; nothing in it is verified yet.
absl::StatusOr<std::string> MemberOfCard(absl::string_view bytes) {
  ASSIGN_OR_RETURN(const Envelope envelope, ParseEnvelope(bytes, PayloadKind::kCard));
  ASSIGN_OR_RETURN(const auto card, ScanAndParse<api::Card>(envelope.payload));
  return card.member();
}

absl::Status NothingGiven() {
  return MakeError(Reason::BAD_REQUEST, "envelopes: expected at least one, got none",
                   {{"field", "envelopes"}});
}

uint64_t CardVersion(const Node& node, const std::string& member) {
  const auto trust = node.HeldTrust();
  const Card* card = trust->NewestCard(member);
  return card == nullptr ? 0 : card->version();
}

// Takes commits set aside, submits each anew and collects what came of it.
class Resubmission : public std::enable_shared_from_this<Resubmission> {
 public:
  using Done = std::function<void(const api::ResubmitTailResponse&)>;

  Resubmission(Node* node, std::vector<nodev1::Waiting> commits)
      : node_(*node), commits_(std::move(commits)) {}

  // One after the other, so that they keep their order; then `done`, on the loop.
  void Next(Done done) {
    if (next_ == commits_.size()) return done(response_);
    const nodev1::Waiting& commit = commits_[next_++];
    Submission submission{.envelope = commit.envelope(),
                          .records = {commit.records().begin(), commit.records().end()}};
    node_.Submit(std::move(submission),
                 [self = shared_from_this(), done](const absl::StatusOr<CommitState>& state) {
                   self->Took(state);
                   self->Next(done);
                 });
  }

 private:
  void Took(const absl::StatusOr<CommitState>& state) {
    const auto receipt =
        state.ok() ? MakeReceipt(node_, *state) : absl::StatusOr<api::Receipt>(state.status());
    if (receipt.ok()) {
      *response_.add_receipts() = *receipt;
    } else if (const auto leaf = ReadLeaf(commits_[next_ - 1].envelope()); leaf.ok()) {
      response_.add_refused(CommitIdentity(leaf->payload).bytes());
    }
  }

  Node& node_;
  const std::vector<nodev1::Waiting> commits_;
  api::ResubmitTailResponse response_;
  size_t next_ = 0;
};

}  // namespace

grpc::ServerUnaryReactor* AdminServer::ImportCard(grpc::CallbackServerContext* context,
                                                  const api::ImportCardRequest* request,
                                                  api::ImportCardResponse* response) {
  auto caller = service_.edge->Admit(*context, Role::kAdmin);
  if (!caller.ok()) return FinishNow(context, caller.status());
  if (request->envelopes().empty()) return FinishNow(context, NothingGiven());
  const auto member = MemberOfCard(request->envelopes(0));
  if (!member.ok()) return FinishNow(context, Annotate(member.status(), "envelope 1"));
  const std::shared_ptr<PendingCall> call = PendingCall::Begin(*std::move(caller));
  Node* node = service_.node;
  const uint64_t before = CardVersion(*node, *member);
  ImportInOrder(
      std::make_shared<std::vector<std::string>>(request->envelopes().begin(),
                                                 request->envelopes().end()),
      0,
      [node](std::string envelope, Node::StatusDone done) {
        node->ImportCard(std::move(envelope), std::move(done));
      },
      [=, member = *member](const absl::Status& status) {
        call->End([&] {
          const auto trust = node->HeldTrust();
          response->set_member(member);
          if (const Card* card = trust->NewestCard(member)) {
            response->mutable_card()->set_version(card->version());
            response->mutable_card()->set_digest(card->digest().bytes());
            response->set_new_versions(static_cast<uint32_t>(card->version() - before));
            for (const SharedKey& key : SharedKeysOf(*card, trust->NewestCards())) {
              response->add_warnings(absl::StrCat(member, ": ", key.Text()));
            }
          }
          return status;
        });
      });
  return call.get();
}

grpc::ServerUnaryReactor* AdminServer::ImportRoster(grpc::CallbackServerContext* context,
                                                    const api::ImportRosterRequest* request,
                                                    api::ImportRosterResponse* response) {
  auto caller = service_.edge->Admit(*context, Role::kAdmin);
  if (!caller.ok()) return FinishNow(context, caller.status());
  if (request->envelopes().empty()) return FinishNow(context, NothingGiven());
  const std::shared_ptr<PendingCall> call = PendingCall::Begin(*std::move(caller));
  Node* node = service_.node;
  const uint64_t before = node->HeldTrust()->newest().version();
  ImportInOrder(
      std::make_shared<std::vector<std::string>>(request->envelopes().begin(),
                                                 request->envelopes().end()),
      0,
      [node](std::string envelope, Node::StatusDone done) {
        node->ImportRoster(std::move(envelope), std::move(done));
      },
      [=](const absl::Status& status) {
        call->End([&] {
          const auto trust = node->HeldTrust();
          response->mutable_roster()->set_version(trust->newest().version());
          response->mutable_roster()->set_digest(trust->newest().digest().bytes());
          response->set_new_versions(static_cast<uint32_t>(trust->newest().version() - before));
          return status;
        });
      });
  return call.get();
}

grpc::ServerUnaryReactor* AdminServer::JoinLog(grpc::CallbackServerContext* context,
                                               const api::JoinLogRequest* request,
                                               api::JoinLogResponse*) {
  auto caller = service_.edge->Admit(*context, Role::kAdmin);
  if (!caller.ok()) return FinishNow(context, caller.status());
  const std::shared_ptr<PendingCall> call = PendingCall::Begin(*std::move(caller));
  service_.node->JoinLog(request->origin(),
                         [call](const absl::Status& status) { call->End([&] { return status; }); });
  return call.get();
}

grpc::ServerUnaryReactor* AdminServer::ListTail(grpc::CallbackServerContext* context,
                                                const api::ListTailRequest* request,
                                                api::ListTailResponse* response) {
  return Answer(service_, Role::kAdmin, context,
                [&](const Caller&) { return FillTail(*request, *response); });
}

absl::Status AdminServer::FillTail(const api::ListTailRequest& request,
                                   api::ListTailResponse& response) const {
  ASSIGN_OR_RETURN(const uint32_t page, PageSize(request.page_size(), 50, 1000));
  ASSIGN_OR_RETURN(const std::string cursor, service_.tokens->Cursor(request));
  uint64_t from = 0;
  if (!cursor.empty()) {
    ASSIGN_OR_RETURN(from, ParseDecimal(cursor));
  }
  const Snapshot snapshot(service_.node->store());
  uint64_t bytes = 0;
  return snapshot.ScanAside(from, [&](const nodev1::Waiting& waiting) {
    if (response.commits_size() == static_cast<int>(page) || bytes >= kPageBytes) {
      response.set_next_page_token(
          service_.tokens->Make(request, absl::StrCat(waiting.sequence())));
      return false;
    }
    api::SetAsideCommit& commit = *response.add_commits();
    if (const auto leaf = ReadLeaf(waiting.envelope()); leaf.ok()) {
      commit.set_commit(CommitIdentity(leaf->payload).bytes());
    }
    commit.set_envelope(waiting.envelope());
    if (!request.omit_records()) *commit.mutable_records() = waiting.records();
    bytes += commit.ByteSizeLong();
    return true;
  });
}

grpc::ServerUnaryReactor* AdminServer::ResubmitTail(grpc::CallbackServerContext* context,
                                                    const api::ResubmitTailRequest* request,
                                                    api::ResubmitTailResponse* response) {
  auto caller = service_.edge->Admit(*context, Role::kAdmin);
  if (!caller.ok()) return FinishNow(context, caller.status());
  std::vector<nodev1::Waiting> chosen;
  const Snapshot snapshot(service_.node->store());
  uint64_t bytes = 0;
  const absl::Status read = snapshot.ScanAside(0, [&](const nodev1::Waiting& waiting) {
    const auto leaf = ReadLeaf(waiting.envelope());
    const std::string identity = leaf.ok() ? CommitIdentity(leaf->payload).bytes() : "";
    const auto& wanted = request->commits();
    const bool take =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), identity) != wanted.end();
    if (take) chosen.push_back(waiting);
    bytes += take ? waiting.ByteSizeLong() : 0;
    return bytes < kResubmittedBytes;
  });
  if (!read.ok()) return FinishNow(context, read);
  const std::shared_ptr<PendingCall> call = PendingCall::Begin(*std::move(caller));
  const auto resubmission = std::make_shared<Resubmission>(service_.node, std::move(chosen));
  resubmission->Next([call, response](const api::ResubmitTailResponse& came_of_it) {
    call->End([&] {
      *response = came_of_it;
      return absl::OkStatus();
    });
  });
  return call.get();
}

grpc::ServerUnaryReactor* AdminServer::CreateBackup(grpc::CallbackServerContext* context,
                                                    const api::CreateBackupRequest* request,
                                                    api::CreateBackupResponse* response) {
  return Answer(service_, Role::kAdmin, context, [&](const Caller&) -> absl::Status {
    if (request->folder().empty() || request->folder().front() != '/') {
      return MakeError(Reason::BAD_REQUEST,
                       "folder: expected an absolute path on the node's machine",
                       {{"field", "folder"}});
    }
    RETURN_IF_ERROR(service_.node->store().Checkpoint(request->folder()));
    response->set_folder(request->folder());
    response->set_total_bytes(service_.node->store().Usage().file_bytes);
    return absl::OkStatus();
  });
}

}  // namespace plenary::node
