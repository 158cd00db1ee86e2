#include "node/transport/link_hub.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ledger/check.h"
#include "ledger/status.h"

namespace plenary::node {

LinkHub::LinkHub(const Environment& environment, const TrustHolder* trust)
    : clock_(*environment.clock), executor_(*environment.executor), trust_(*trust) {}

void LinkHub::Start(TransportEvents* events) {
  CHECK(events_ == nullptr);
  events_ = events;
}

void LinkHub::Stop(const absl::Status& why) {
  events_ = nullptr;
  std::vector<std::shared_ptr<LinkStream>> calls;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    for (const auto& [key, call] : calls_) calls.push_back(call);
  }
  for (const std::shared_ptr<Link>& link : All()) link->Cut(why);
  for (const std::shared_ptr<LinkStream>& call : calls) call->Cancel();
}

void LinkHub::WaitForCalls() {
  mutex_.Lock();
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return calls_.empty(); };
  mutex_.Await(absl::Condition(&none));
  mutex_.Unlock();
  DestroyEndedCalls();
}

void LinkHub::Post(absl::AnyInvocable<void(TransportEvents&)> event) {
  executor_.PostInternal([self = shared_from_this(), event = std::move(event)]() mutable {
    if (self->events_ != nullptr) event(*self->events_);
  });
}

void LinkHub::PostRefused(std::string address, absl::Status why) {
  {
    absl::MutexLock lock(&mutex_);
    if (waiting_refusals_ >= kWaitingRefusals) return;
    ++waiting_refusals_;
  }
  Post([this, address = std::move(address), why = std::move(why)](TransportEvents& events) {
    {
      absl::MutexLock lock(&mutex_);
      --waiting_refusals_;
    }
    events.OnRefused(address, why);
  });
}

void LinkHub::PostAfter(int64_t delay_ms, absl::AnyInvocable<void()> task) {
  executor_.PostAt(clock_.MonotonicMs() + delay_ms,
                   [self = shared_from_this(), task = std::move(task)]() mutable {
                     if (self->events_ != nullptr) task();
                   });
}

bool LinkHub::Enter(const std::shared_ptr<LinkStream>& call) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return false;
  calls_.emplace(call.get(), call);
  return true;
}

void LinkHub::Leave(const LinkStream* call) {
  absl::MutexLock lock(&mutex_);
  const auto found = calls_.find(call);
  CHECK(found != calls_.end());
  ended_calls_.push_back(std::move(found->second));
  calls_.erase(found);
  // Under the lock: the executor is there for as long as WaitForCalls waits.
  executor_.PostInternal([self = shared_from_this()] { self->DestroyEndedCalls(); });
}

void LinkHub::DestroyEndedCalls() {
  std::vector<std::shared_ptr<LinkStream>> ended;  // destroyed without the lock
  absl::MutexLock lock(&mutex_);
  ended.swap(ended_calls_);
}

absl::StatusOr<std::shared_ptr<Link>> LinkHub::Admit(LinkPeer peer, certs::PeerIdentity identity) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return MakeError(Reason::SHUTTING_DOWN, "this node is stopping");
  size_t of_member = 0;
  for (const auto& [id, link] : links_) {
    if (link->peer().member == peer.member) ++of_member;
  }
  if (of_member >= Transport::kLinksPerMember) {
    const std::string limit = absl::StrCat(Transport::kLinksPerMember);
    return MakeError(Reason::BUSY,
                     absl::StrCat("links with member ", peer.member, ": expected at most ", limit,
                                  ", got one more, with node ", peer.node),
                     {{"member", peer.member}, {"node", peer.node}, {"limit", limit}});
  }
  const LinkId id = next_id_++;
  auto link = std::make_shared<Link>(id, std::move(peer), std::move(identity), shared_from_this());
  links_.emplace(id, link);
  return link;
}

void LinkHub::Remove(const Link& link) {
  absl::MutexLock lock(&mutex_);
  links_.erase(link.id());
}

std::shared_ptr<Link> LinkHub::Find(LinkId id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Link>> LinkHub::All() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Link>> all;
  all.reserve(links_.size());
  for (const auto& [id, link] : links_) all.push_back(link);
  return all;
}

void LinkHub::Sweep() {
  const auto trust = trust_.Get();
  const absl::Time now = clock_.Now();
  for (const std::shared_ptr<Link>& link : All()) {
    const absl::Status trusted = certs::CheckStillTrusted(link->identity(), *trust, now);
    if (!trusted.ok()) link->Cut(Annotate(trusted, absl::StrCat("link with ", link->Name())));
  }
}

}  // namespace plenary::node
