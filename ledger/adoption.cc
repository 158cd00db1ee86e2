#include "ledger/adoption.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ledger/digest.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary {
namespace {

std::string ObstacleTo(const TextEntry& entry, const std::vector<std::string>& demanded) {
  if (!entry.permanent) {
    return "text: expected a permanent entry, got one that may be redacted; table a new revision "
           "of status \"tabled\"";
  }
  if (entry.text.endorsers == demanded) return "";
  return absl::StrCat("endorsers: expected ", absl::StrJoin(demanded, ","), ", whom roster ",
                      entry.roster.version(), " demands for type \"", entry.text.type, "\", got ",
                      absl::StrJoin(entry.text.endorsers, ","),
                      "; table a new revision that names them");
}

}  // namespace

std::optional<TabledText> ReadTabledText(const RecordView& record) {
  const auto declaration = ReadDeclaration(record);
  if (!declaration.ok() || declaration->endorsers().empty()) return std::nullopt;
  TabledText text{declaration->type(),
                  {declaration->endorsers().begin(), declaration->endorsers().end()}};
  std::sort(text.endorsers.begin(), text.endorsers.end());
  text.endorsers.erase(std::unique(text.endorsers.begin(), text.endorsers.end()),
                       text.endorsers.end());
  return text;
}

bool MayBeAdopted(Verdict verdict, absl::string_view reason) {
  return verdict == Verdict::kCounts ||
         (verdict == Verdict::kDoesNotCount && (reason == RowOf(Reason::REVISION_TAKEN).name ||
                                                reason == RowOf(Reason::STALE_REVISION).name));
}

std::optional<v1::Link> EndorsedText(const RecordView& record) {
  const auto endorsement = ReadEndorsement(record);
  if (!endorsement.ok() || endorsement->position() != "endorsed") return std::nullopt;
  const v1::Link& text = endorsement->text();
  const auto name = ParseRecordName(text.name());
  if (!name.ok() || name->collection != "declarations") return std::nullopt;
  if (text.digest().size() != Digest::kBytes) return std::nullopt;
  return text;
}

Adoption DecideAdoption(const TextEntry& entry, const std::vector<Endorsement>& endorsements) {
  Adoption adoption;
  adoption.demanded = entry.roster.MustEndorse(entry.text.type);
  for (const std::string& member : adoption.demanded) {
    const auto first = std::find_if(
        endorsements.begin(), endorsements.end(), [&member](const Endorsement& endorsement) {
          return endorsement.member == member && endorsement.final && endorsement.full;
        });
    if (first != endorsements.end()) adoption.endorsed.push_back(*first);
  }
  adoption.obstacle = ObstacleTo(entry, adoption.demanded);
  adoption.adopted = entry.final && adoption.obstacle.empty() &&
                     adoption.endorsed.size() == adoption.demanded.size();
  return adoption;
}

}  // namespace plenary
