// Adoption: what endorsements prove of a tabled text.
//
// Rules: docs/PROTOCOL.md, "Adoption". Functions of what is given; which endorsements count is the
// view's to say, and which are final the logs'.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "ledger/record.h"
#include "ledger/roster.h"
#include "ledger/verdict.h"
#include "plenary/v1/link.pb.h"

namespace plenary {

// What a tabled text asks for.
struct TabledText {
  std::string type;
  std::vector<std::string> endorsers;  // that it names: sorted, each once
};

// Nothing unless the record is a readable declaration that names endorsers: of any other no
// adoption is claimed. Thread-safe.
std::optional<TabledText> ReadTabledText(const RecordView& record);

// Can a text of that verdict be adopted? `reason` is the name of the verdict's reason. One that
// fails by nothing but its place among the revisions of its name can: else its owner, who may
// redact what kept another entry from standing in that place, could unsay an adoption. Thread-safe.
bool MayBeAdopted(Verdict verdict, absl::string_view reason);

// The text that the record agrees to. Nothing unless it is a readable endorsement of position
// "endorsed" that links to a declaration by a whole digest. Thread-safe.
std::optional<v1::Link> EndorsedText(const RecordView& record);

// An endorsement of exactly the text in question that has counted.
struct Endorsement {
  std::string member;
  std::string revision;  // its revision name
  bool final = false;    // its leaf is below the final size of its log
  bool full = false;     // its member is a full one by the roster that its leaf names
};

// A text with what its entry and leaf say of it.
struct TextEntry {
  TabledText text;
  bool permanent = false;
  bool final = false;
  const Roster& roster;  // that the leaf names
};

struct Adoption {
  std::vector<std::string> demanded;  // members, sorted
  // The first endorsement that proves anything, of each member demanded that has one; sorted.
  std::vector<Endorsement> endorsed;
  // Each member demanded has one, and nothing is in the way. Never taken back.
  bool adopted = false;
  // Why no endorsements can adopt the text, a sentence with the remedy; empty if they can.
  std::string obstacle;
};

// `endorsements` in any order; of one member's the first final one is taken. Thread-safe.
Adoption DecideAdoption(const TextEntry& entry, const std::vector<Endorsement>& endorsements);

}  // namespace plenary
