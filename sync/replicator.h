// Replication of all logs over all sessions, as a value: frames and time in, effects out.
//
// The files: replicator.cc (links, hello, time), replicator_trust.cc (rosters, cards, evidence),
// replicator_logs.cc (heads, fetching, chunks), replicator_finality.cc (inquiries, proposals),
// replicator_checkpoints.cc (answers, acknowledgements, checkpoints), serving.cc (what peers fetch
// from us). Protocol: docs/PROTOCOL.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/evidence.h"
#include "ledger/signature.h"
#include "plenary/node/v1/storage.pb.h"
#include "plenary/v1/replication_service.pb.h"
#include "sync/dialer.h"
#include "sync/effects.h"
#include "sync/log_owner.h"
#include "sync/log_replica.h"
#include "sync/pauses.h"
#include "sync/session.h"
#include "sync/trust.h"

namespace plenary::sync {

// Who this node is and what it may sign with.
struct Self {
  std::string member;
  std::string node;
  std::string store;                     // 16 bytes
  bool first = false;                    // made by `node init --first`: it never promised anything
  std::string software;                  // for people
  std::vector<Endpoint> endpoints;       // of the configuration, beside those of the cards
  const Signer* log_key = nullptr;       // null: this node does not write the member's log
  const Signer* cosigner_key = nullptr;  // null: this node vouches for nothing
};

// Loop only.
class Replicator {
 public:
  // `chance` is the only source of randomness; everything borrowed outlives the replicator.
  Replicator(Self self, Trust trust, Chance& chance, const Holdings& holdings);
  ~Replicator();

  // Takes the logs as they were on disk. Fails with STORE_DAMAGED. Call once, before Start.
  absl::Status Load(const std::vector<node::v1::LogRecord>& records);
  // Makes the logs that the cards name, starts the own log's recovery and the dialling.
  void Start(Instant now, Effects& effects);

  // Links.
  void LinkUp(LinkId link, const std::string& member, const std::string& node, bool dialled,
              Instant now, Effects& effects);
  void LinkDown(LinkId link, const absl::Status& why, Instant now, Effects& effects);
  void DialFailed(uint64_t dial, const absl::Status& why, Instant now, Effects& effects);
  void Receive(LinkId link, const v1::Frame& frame, Instant now, Effects& effects);

  // Time passed.
  void Tick(Instant now, Effects& effects);
  // Before the drain's write: proposes, signs, saves what changed.
  void BeforeWrite(Instant now, Effects& effects);
  // After it: what was written may be read now.
  void AfterWrite();
  // Gives `link` chunks that it has credit for, up to `room_bytes` of them; only durable leaves.
  void Produce(LinkId link, uint64_t room_bytes, Effects& effects);
  std::vector<LinkId> Links() const;

  // Adds a roster or card given by an administrator; it spreads from here. Fails as Trust.
  absl::Status AddRoster(absl::string_view envelope, Instant now, Effects& effects);
  absl::Status AddCard(absl::string_view envelope, Instant now, Effects& effects);
  // An operator says that no earlier store of this member served that log (rule 9). NOT_FOUND.
  absl::Status JoinLog(const std::string& origin);

  const Self& self() const { return self_; }
  const Trust& trust() const { return trust_; }
  const std::map<std::string, std::unique_ptr<LogReplica>>& logs() const { return logs_; }
  LogReplica* FindLog(absl::string_view origin);
  // The log that this node writes; null if none is open or the node has no log key.
  LogReplica* own_log() { return own_; }
  const LogOwner* owner() const { return owner_.get(); }
  const std::map<LinkId, Session>& sessions() const { return sessions_; }
  const Dialer& dialer() const { return dialer_; }
  // How the last session of a node ended that has none now.
  struct Ended {
    absl::Status why;
    int64_t at_ms = 0;
  };
  const std::map<std::string, Ended>& ended() const { return ended_; }  // by full node ID
  // Nodes that are not asked for a log for a while.
  const Pauses& pauses() const { return pauses_; }
  // Origins that showed two histories.
  const std::set<std::string>& frozen() const { return frozen_; }
  int64_t mute_until_ms() const { return mute_until_ms_; }
  // Monotonic time of the last input.
  int64_t now_ms() const { return now_.monotonic_ms; }
  const LogReplica* own_log() const { return own_; }
  // Roster versions in play for that log's newest checkpoint (rule 8).
  std::vector<const Roster*> InPlay(const LogReplica& replica) const;

 private:
  // Newest statement of one kind about one log by one signer, to hand on.
  struct Carried {
    uint64_t counter = 0;
    uint64_t size = 0;
    std::string envelope;
    std::string signer;
  };

  // replicator.cc
  absl::Status OnHello(Session& session, const v1::Hello& hello, Instant now, Effects& effects);
  void OnPing(Session& session, const v1::Ping& ping, Effects& effects);
  void RememberEnd(const std::string& full_id, const absl::Status& why);
  void EndSession(LinkId link, const absl::Status& why, Effects& effects);
  bool MayKeep(const Session& session, Effects& effects);
  std::map<std::string, LinkId> Connected() const;
  void UpdateEndpoints();
  void Send(LinkId link, Urgency urgency, std::unique_ptr<v1::Frame> frame, std::string replaces,
            Effects& effects);
  absl::Status Dispatch(Session& session, const v1::Frame& frame, Instant now, Effects& effects);

  // replicator_trust.cc
  void AskForTrust(Session& session, Effects& effects);
  absl::Status OnRoster(Session& session, const v1::RosterEnvelope& roster, Instant now,
                        Effects& effects);
  absl::Status OnCard(Session& session, const v1::CardEnvelope& card, Instant now,
                      Effects& effects);
  void OnGetRoster(Session& session, const v1::GetRoster& request, Effects& effects);
  void OnGetCard(Session& session, const v1::GetCard& request, Effects& effects);
  absl::Status OnEvidence(Session& session, const v1::EvidenceFile& file, Effects& effects);
  absl::Status TakeRoster(absl::string_view envelope, LinkId from, Instant now, Effects& effects);
  absl::Status TakeCard(absl::string_view envelope, LinkId from, Instant now, Effects& effects);
  void TrustGrew(Instant now, Effects& effects);
  void MakeLogs(Instant now, Effects& effects);
  std::vector<std::string> RosterEnvelopes(uint64_t last) const;
  void KeepEvidence(const EvidenceParts& parts, Effects& effects);
  void Spread(const Evidence& evidence, const std::string& file, LinkId from, Effects& effects);
  // Valid until trust grows.
  const LogKeys& KeysFor(const LogReplica& replica);

  // replicator_logs.cc
  void SendHeads(Session& session, Effects& effects);
  absl::Status OnHeads(Session& session, const v1::Heads& heads, Instant now, Effects& effects);
  absl::Status OnFetch(Session& session, const v1::Fetch& fetch);
  absl::Status OnCommits(Session& session, const v1::Commits& chunk, Instant now, Effects& effects);
  void ChooseSources(Instant now, Effects& effects);
  // The peer sent of that log what its key never signed: it is not asked again for a while.
  void Distrust(const Session& session, const std::string& origin, const absl::Status& why,
                Effects& effects);
  Session* SourceFor(const LogReplica& replica, Instant now);
  bool Lacks(const LogReplica& replica) const;
  void EndOwnFetch(Effects& effects);
  void Ask(Session& session, LogReplica& replica, Instant now, Effects& effects);
  void Introduce(Session& session, const LogReplica& replica, v1::Heads& heads) const;

  // replicator_finality.cc
  absl::Status OnStatement(Session& session, const v1::Statement& statement, Instant now,
                           Effects& effects);
  absl::Status OnRefusal(Session& session, const v1::Refusal& refusal, Instant now,
                         Effects& effects);
  absl::Status OnCheckpoint(Session& session, const v1::Checkpoint& checkpoint, Instant now,
                            Effects& effects);
  absl::Status TakeInquiry(absl::string_view envelope, LinkId from, Instant now, Effects& effects);
  absl::Status TakeProposal(absl::string_view envelope, LinkId from, Instant now, Effects& effects);
  absl::Status TakeAnswer(absl::string_view envelope, const std::string& signer, LinkId from,
                          Instant now, Effects& effects);
  absl::Status TakeAcknowledgement(absl::string_view envelope, const std::string& signer,
                                   LinkId from, Effects& effects);
  // Looks again at everything that waits on one log: wanted proposal, checkpoint, finality.
  void Advance(LogReplica& replica, Instant now, Effects& effects);
  // Every peer is asked for the roster and card that a waiting leaf names.
  void AskForLacks(const LogReplica& replica, Effects& effects);
  void Consider(LogReplica& replica, const Proposal& proposal, Effects& effects);
  // Is that incarnation further above what is known than a counter may go (docs/FORMATS.md, section
  // 3.5)? Then reports it.
  bool JumpsTooFar(const LogReplica& replica, const Incarnation& who, Effects& effects) const;
  void AnswerInquiry(LogReplica& replica, const Inquiry& inquiry, Effects& effects);
  std::string Abstention(const LogReplica& replica, const Incarnation& who) const;
  std::string NewestAcknowledgement(const LogReplica& replica, const Incarnation& who,
                                    const finality::State& state) const;
  void Acknowledge(LogReplica& replica, const Incarnation& who, const finality::State& state,
                   Effects& effects);
  void CosignNewest(LogReplica& replica, Instant now, Effects& effects);
  void NoteFinality(LogReplica& replica, Effects& effects);
  void Contradiction(LogReplica& replica, const std::string& first, const std::string& second,
                     Effects& effects);
  void Resend(Session& session, Effects& effects);
  void ResendOwn(Session& session, LogReplica& replica, Effects& effects);
  void MergeNote(LogReplica& replica, const SignedCheckpoint& seen);
  // Is the statement about that log signed by a cosigner key of `signer`? BAD_SIGNATURE.
  absl::Status CheckSigner(const LogReplica& replica, absl::string_view envelope,
                           const std::string& signer);
  // Whether this node vouches for that log now: has a key, is a full member, not mute, takes part.
  bool Vouches(const LogReplica& replica) const;
  // May this statement be handed on? Keeps it if it is the newest of its kind.
  bool Carry(const std::string& origin, absl::string_view kind, Carried carried);
  void ToOwner(const LogReplica& replica, std::unique_ptr<v1::Frame> frame, std::string replaces,
               LinkId except, Effects& effects);
  void ToAll(std::unique_ptr<v1::Frame> frame, Urgency urgency, std::string replaces, LinkId except,
             Effects& effects);
  void SendOwner(Effects& effects);

  Self self_;
  Trust trust_;
  Chance& chance_;
  const Holdings& holdings_;
  Dialer dialer_;
  Instant now_;
  int64_t started_ms_ = 0;
  int64_t mute_until_ms_ = 0;
  int64_t next_compare_ms_ = 0;
  uint64_t next_fetch_ = 1;
  uint32_t next_log_ = 1;

  std::map<std::string, std::unique_ptr<LogReplica>> logs_;
  LogReplica* own_ = nullptr;
  std::unique_ptr<LogOwner> owner_;
  std::string sent_by_owner_;            // what every session has had
  uint64_t published_size_ = 0;          // own checkpoint that every session has had
  std::map<std::string, LogKeys> keys_;  // by origin, since trust last grew
  std::map<LinkId, Session> sessions_;
  std::map<std::string, Ended> ended_;
  Pauses pauses_;
  std::map<std::string, Carried> carried_;  // origin, kind, signer → newest
  std::map<std::string, std::string> evidence_;
  std::set<std::string> frozen_;
  bool advance_all_ = false;
};

}  // namespace plenary::sync
