#include "ledger/sight.h"

#include <algorithm>
#include <utility>

namespace plenary {

Sight Sight::Main() { return Sight(true, std::nullopt, ""); }

Sight Sight::Public() { return Sight(false, std::nullopt, "public"); }

Sight Sight::List(const std::vector<std::string>& members, const Roster& newest) {
  const std::vector<absl::string_view> views(members.begin(), members.end());
  const absl::string_view first = views.empty() ? absl::string_view() : views.front();
  Audience list = Audience::List(first, views);
  const bool observed =
      std::any_of(members.begin(), members.end(), [&newest](const std::string& member) {
        return newest.StatusOf(member) == v1::MEMBER_STATUS_OBSERVER;
      });
  std::string text = list.Text();
  return Sight(!observed, std::move(list), std::move(text));
}

bool Sight::IsList(const ManifestView& manifest, uint32_t audience, absl::string_view owner) const {
  return audience >= kFirstAudienceList && list_.has_value() &&
         Audience::Of(manifest, audience, owner) == *list_;
}

bool Sight::Sees(const ManifestView& manifest, uint32_t audience, absl::string_view owner) const {
  if (audience == kAudienceMembers) return members_;
  return audience == kAudienceEveryone || IsList(manifest, audience, owner);
}

bool Sight::Lists(const ManifestView& manifest, uint32_t audience, absl::string_view owner) const {
  if (list_.has_value()) return IsList(manifest, audience, owner);
  return audience == kAudienceEveryone || (audience == kAudienceMembers && members_);
}

}  // namespace plenary
