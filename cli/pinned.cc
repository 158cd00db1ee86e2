#include "cli/pinned.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/roster_pins.h"
#include "ledger/status.h"

namespace plenary::cli {

std::vector<Option> PinOptions() {
  return {{.name = "--roster-digest",
           .value = "HEX",
           .help = "SHA-256 of a roster that you trust, as its members publish it; if "
                   "left out, what plenary roster trust has kept"},
          {.name = "--pins",
           .value = "FILE",
           .help = "where that is kept [~/.config/plenary/rosters]"}};
}

absl::StatusOr<std::vector<Digest>> PinnedDigests(const Invocation& given) {
  std::vector<Digest> digests;
  if (given.Has("--roster-digest")) {
    const std::string hex = absl::AsciiStrToLower(
        absl::StrReplaceAll(given.Get("--roster-digest"), {{" ", ""}, {":", ""}}));
    const auto digest = Digest::FromHex(hex);
    if (!digest.ok()) {
      return MakeError(Reason::BAD_REQUEST,
                       absl::StrCat("--roster-digest: expected 64 hex digits, got \"",
                                    hex.substr(0, 100), "\""));
    }
    digests.push_back(*digest);
    return digests;
  }
  std::string path = given.Get("--pins");
  if (path.empty()) {
    auto standard = DefaultPinsPath();
    if (!standard.ok()) return digests;  // no home, so nothing was ever kept
    path = *std::move(standard);
  }
  ASSIGN_OR_RETURN(const std::vector<RosterPin> pins, ReadPins(path));
  for (const RosterPin& pin : pins) digests.push_back(pin.digest);
  return digests;
}

}  // namespace plenary::cli
