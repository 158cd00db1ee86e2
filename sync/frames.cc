#include "sync/frames.h"

namespace plenary::sync {

std::unique_ptr<v1::Frame> StatementFrame(absl::string_view envelope, const std::string& signer) {
  auto frame = std::make_unique<v1::Frame>();
  frame->mutable_statement()->set_envelope(std::string(envelope));
  frame->mutable_statement()->set_signer(signer);
  return frame;
}

std::unique_ptr<v1::Frame> CheckpointFrame(const std::string& note) {
  auto frame = std::make_unique<v1::Frame>();
  frame->mutable_checkpoint()->set_note(note);
  return frame;
}

std::unique_ptr<v1::Frame> RefusalFrame(const std::string& statement) {
  auto frame = std::make_unique<v1::Frame>();
  frame->mutable_refusal()->set_statement(statement);
  return frame;
}

}  // namespace plenary::sync
