#include "tests/simulation/describe_frame.h"

#include "absl/strings/str_cat.h"
#include "ledger/checkpoint.h"
#include "ledger/names.h"
#include "ledger/statement.h"

namespace plenary::testing {
namespace {

std::string MemberOf(const std::string& origin) {
  const auto parsed = Origin::Parse(origin);
  return parsed.ok() ? parsed->member : origin;
}

std::string DescribeProposal(const Proposal& proposal) {
  return absl::StrCat("proposal ", MemberOf(proposal.origin), " ", proposal.incarnation.counter,
                      " size ", proposal.size, " ", proposal.root.Hex().substr(0, 6));
}

std::string DescribeNote(const std::string& note) {
  const auto checkpoint = ReadUnverifiedCheckpoint(note);
  if (!checkpoint.ok()) return "no note";
  return absl::StrCat("checkpoint ", MemberOf(checkpoint->origin), " size ", checkpoint->size);
}

std::string DescribeStatement(const std::string& envelope, const std::string& signer) {
  if (const auto inquiry = ParseInquiry(envelope); inquiry.ok()) {
    return absl::StrCat("inquiry ", MemberOf(inquiry->origin), " ", inquiry->incarnation.counter);
  }
  if (const auto proposal = ParseProposal(envelope); proposal.ok()) {
    return DescribeProposal(*proposal);
  }
  if (const auto acknowledgement = ParseAcknowledgement(envelope); acknowledgement.ok()) {
    return absl::StrCat("acknowledgement of ", signer, " ", MemberOf(acknowledgement->origin), " ",
                        acknowledgement->incarnation.counter, " size ", acknowledgement->size);
  }
  const auto answer = ParseAnswer(envelope);
  if (!answer.ok()) return "no statement";
  std::string text = absl::StrCat("answer of ", signer, " ", MemberOf(answer->origin), " ",
                                  answer->incarnation.counter, answer->abstains ? " abstains" : "");
  if (answer->checkpoint.has_value()) {
    absl::StrAppend(&text, " checkpoint ", answer->checkpoint->size);
  }
  if (answer->proposal.has_value())
    absl::StrAppend(&text, " ", DescribeProposal(*answer->proposal));
  return text;
}

}  // namespace

std::string DescribeFrame(const v1::Frame& frame) {
  switch (frame.kind_case()) {
    case v1::Frame::kHello:
      return "hello";
    case v1::Frame::kHeads: {
      std::string text = "heads";
      for (int i = 0; i < frame.heads().numbers_size(); ++i) {
        absl::StrAppend(&text, " ", frame.heads().sizes(i), "/", frame.heads().signed_sizes(i), "/",
                        frame.heads().final_sizes(i));
      }
      return text;
    }
    case v1::Frame::kFetch:
      return absl::StrCat("fetch log ", frame.fetch().log(), " from ", frame.fetch().from(), " id ",
                          frame.fetch().id());
    case v1::Frame::kCommits:
      return absl::StrCat(
          "commits log ", frame.commits().log(), " [", frame.commits().from(), ", ",
          frame.commits().from() + static_cast<uint64_t>(frame.commits().commits_size()), ") id ",
          frame.commits().fetch(), " ",
          frame.commits().checkpoint().empty() ? DescribeStatement(frame.commits().proposal(), "")
                                               : DescribeNote(frame.commits().checkpoint()));
    case v1::Frame::kStatement:
      return DescribeStatement(frame.statement().envelope(), frame.statement().signer());
    case v1::Frame::kCheckpoint:
      return DescribeNote(frame.checkpoint().note());
    case v1::Frame::kRefusal:
      return absl::StrCat("refusal, yields to ",
                          DescribeStatement(frame.refusal().statement(), ""));
    case v1::Frame::kGoodbye:
      return absl::StrCat("goodbye ", frame.goodbye().sentence());
    default:
      return absl::StrCat("frame ", static_cast<int>(frame.kind_case()));
  }
}

}  // namespace plenary::testing
