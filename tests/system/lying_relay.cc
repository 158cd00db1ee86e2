// A relay that lies: it holds a member's valid identity, fetches a log honestly from one node, and
// hands it on to another with one byte of one record changed.
//
//   lying_relay --certificate FILE --key FILE --identity za/node-2 --log ORIGIN
//               --source HOST:PORT --victim HOST:PORT
//
// Speaks the public protocol (docs/PROTOCOL.md) and nothing else. Prints what the victim answers.
// Exit: 0 the victim ended the session with a reason; 1 it did not, or something failed before.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plenary/v1/replication_service.grpc.pb.h"
#include "tests/support/trusting_credentials.h"

namespace plenary::testing {
namespace {

constexpr uint32_t kOurNumber = 1;
constexpr uint64_t kCredit = 64 << 20;
constexpr int kPatienceSeconds = 30;

struct Options {
  std::string certificate;
  std::string key;
  std::string identity;
  std::string log;
  std::string source;
  std::string victim;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// One session that this program dialled. One thread at a time.
class Session {
 public:
  Session(const std::string& address, const Options& options) {
    channel_ =
        grpc::CreateChannel(address, plenary::testing::TrustingCredentials(
                                         ReadFile(options.key), ReadFile(options.certificate)));
    stub_ = v1::ReplicationService::NewStub(channel_);
    context_.set_wait_for_ready(true);
    context_.set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(kPatienceSeconds));
    stream_ = stub_->Replicate(&context_);
  }

  void Send(v1::Frame frame) {
    v1::ReplicateRequest request;
    *request.mutable_frame() = std::move(frame);
    stream_->Write(request);
  }
  // False at the end of the session.
  bool Read(v1::Frame& frame) {
    v1::ReplicateResponse response;
    if (!stream_->Read(&response)) return false;
    frame = std::move(*response.mutable_frame());
    return true;
  }
  grpc::Status Finish() {
    context_.TryCancel();
    return stream_->Finish();
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ReplicationService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ReplicateRequest, v1::ReplicateResponse>> stream_;
};

// The same claims as the other side, under our own name.
v1::Frame OurHello(const v1::Hello& theirs, const std::string& identity) {
  v1::Frame frame;
  v1::Hello& hello = *frame.mutable_hello();
  hello = theirs;
  hello.set_member(identity.substr(0, identity.find('/')));
  hello.set_node(identity.substr(identity.find('/') + 1));
  hello.set_store(std::string(16, 'l'));
  hello.clear_abstains();
  hello.set_software("lying_relay");
  return frame;
}

struct Loot {
  std::vector<v1::Commits> chunks;  // from index 0 on, up to the signed size
  uint64_t size = 0;
  uint64_t final_size = 0;
  std::string root;
};

// What the other side says it holds of the log.
bool ReadHeads(const v1::Heads& heads, const std::string& log,
               std::map<uint32_t, std::string>& names, Loot& loot) {
  for (const v1::LogName& name : heads.names()) names[name.number()] = name.origin();
  for (int i = 0; i < heads.numbers_size(); ++i) {
    if (names[heads.numbers(i)] != log) continue;
    loot.size = heads.signed_sizes(i);
    loot.final_size = heads.final_sizes(i);
    loot.root = heads.roots().substr(static_cast<size_t>(i) * 32, 32);
    return true;
  }
  return false;
}

void AskForAll(Session& session, const std::string& log) {
  v1::Frame names;
  v1::LogName& name = *names.mutable_heads()->add_names();
  name.set_number(kOurNumber);
  name.set_origin(log);
  session.Send(std::move(names));
  v1::Frame frame;
  frame.mutable_fetch()->set_log(kOurNumber);
  frame.mutable_fetch()->set_id(1);
  frame.mutable_fetch()->set_credit_bytes(kCredit);
  session.Send(std::move(frame));
}

// Fetches the log honestly.
bool Fetch(const Options& options, Loot& loot) {
  Session session(options.source, options);
  std::map<uint32_t, std::string> names;
  uint64_t have = 0;
  v1::Frame frame;
  while (session.Read(frame)) {
    if (frame.has_hello()) session.Send(OurHello(frame.hello(), options.identity));
    if (frame.has_heads() && loot.size == 0 && ReadHeads(frame.heads(), options.log, names, loot)) {
      AskForAll(session, options.log);
    }
    if (!frame.has_commits()) continue;
    have += static_cast<uint64_t>(frame.commits().commits_size());
    loot.chunks.push_back(std::move(*frame.mutable_commits()));
    if (have >= loot.size) break;
  }
  session.Finish();
  return loot.size > 0 && have >= loot.size;
}

// The lie: the last letter of the first record that is there becomes another one.
bool Falsify(v1::Commits& chunk) {
  for (v1::Commit& commit : *chunk.mutable_commits()) {
    for (v1::Slot& slot : *commit.mutable_slots()) {
      if (slot.record().empty()) continue;
      slot.mutable_record()->back() ^= 1;
      return true;
    }
  }
  return false;
}

v1::Frame OurHeads(const Options& options, const Loot& loot) {
  v1::Frame frame;
  v1::Heads& heads = *frame.mutable_heads();
  v1::LogName& name = *heads.add_names();
  name.set_number(kOurNumber);
  name.set_origin(options.log);
  heads.add_numbers(kOurNumber);
  heads.add_sizes(loot.size);
  heads.add_signed_sizes(loot.size);
  heads.add_final_sizes(loot.final_size);
  heads.set_roots(loot.root);
  return frame;
}

// Hands the changed log on; true if the victim refused it with a reason.
bool Relay(const Options& options, Loot loot) {
  Session session(options.victim, options);
  std::map<uint32_t, std::string> names;
  bool lied = false;
  v1::Frame frame;
  while (session.Read(frame)) {
    if (frame.has_hello()) {
      session.Send(OurHello(frame.hello(), options.identity));
      session.Send(OurHeads(options, loot));
    }
    for (const v1::LogName& name : frame.heads().names()) names[name.number()] = name.origin();
    if (frame.has_fetch() && !lied && names[frame.fetch().log()] == options.log) {
      lied = Falsify(loot.chunks.front());
      loot.chunks.front().set_log(kOurNumber);
      loot.chunks.front().set_fetch(frame.fetch().id());
      v1::Frame lie;
      *lie.mutable_commits() = loot.chunks.front();
      session.Send(std::move(lie));
    }
    if (!frame.has_goodbye()) continue;
    std::cout << "refused: " << frame.goodbye().reason() << ": " << frame.goodbye().sentence()
              << "\n";
    session.Finish();
    return lied;
  }
  const grpc::Status status = session.Finish();
  std::cout << "the session ended without a reason: " << status.error_message() << "\n";
  return false;
}

int Run(const Options& options) {
  Loot loot;
  if (!Fetch(options, loot)) {
    std::cerr << "lying_relay: could not fetch " << options.log << " from " << options.source
              << "\n";
    return 1;
  }
  std::cout << "fetched " << loot.size << " leaves of " << options.log << "\n";
  return Relay(options, std::move(loot)) ? 0 : 1;
}

}  // namespace
}  // namespace plenary::testing

int main(int argc, char** argv) {
  CLI::App app("Relays a log with one byte changed", "lying_relay");
  plenary::testing::Options options;
  app.add_option("--certificate", options.certificate)->required();
  app.add_option("--key", options.key)->required();
  app.add_option("--identity", options.identity, "MEMBER/NODE")->required();
  app.add_option("--log", options.log)->required();
  app.add_option("--source", options.source)->required();
  app.add_option("--victim", options.victim)->required();
  CLI11_PARSE(app, argc, argv);
  return plenary::testing::Run(options);
}
