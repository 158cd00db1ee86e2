// Which audiences a judgement has in sight, and which of their entries its digest lists.
//
// Rules: docs/FORMATS.md, section 7. What is out of sight is judged by nobody: its digest alone
// stands in a chain.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "ledger/manifest.h"
#include "ledger/roster.h"

namespace plenary {

// Immutable.
class Sight {
 public:
  // Full members and everyone: what every full member sees.
  static Sight Main();
  // Everyone alone: what observers and the public see.
  static Sight Public();
  // One list, and everyone; full members too unless `newest`, the newest roster held, has an
  // observer on the list. `members` in any order, the owner among them.
  static Sight List(const std::vector<std::string>& members, const Roster& newest);

  // Is an entry of that audience judged? `audience` is one of the manifest's.
  bool Sees(const ManifestView& manifest, uint32_t audience, absl::string_view owner) const;
  // Does the view digest list it?
  bool Lists(const ManifestView& manifest, uint32_t audience, absl::string_view owner) const;

  // What follows "audience " in the digest's text: "", "public" or "br,in".
  const std::string& text() const { return text_; }

 private:
  Sight(bool members, std::optional<Audience> list, std::string text)
      : members_(members), list_(std::move(list)), text_(std::move(text)) {}
  bool IsList(const ManifestView& manifest, uint32_t audience, absl::string_view owner) const;

  bool members_;
  std::optional<Audience> list_;
  std::string text_;
};

}  // namespace plenary
