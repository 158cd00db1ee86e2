// A founded federation on disk: one self-contained folder per member, and the keys that belong
// offline apart from them.
//
//   DIR/<member>/plenaryd.toml, profile.toml        for the node, for `plenary`
//   DIR/<member>/keys/{log-1,cosigner,author-1}.pem
//   DIR/<member>/tls/{node,admin}/                  identity folders (certs/identity_folder.h)
//   DIR/<member>/trust/                             the roster and every member's card
//   DIR/offline/<member>/root-key.pem, ca/          to be taken to another machine
//
// Every path in the two files is relative to their own folder, so a member's folder can be moved.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/founding.h"

namespace plenary::cli {

inline constexpr char kOfflineFolder[] = "offline";

// Where one node listens.
struct Listeners {
  std::optional<std::string> peers;  // nothing: it only dials out
  std::string operators;
};

// The peer listener takes the port of the endpoint: on the loopback address if the endpoint is one,
// else on every address. The operator listener is on the loopback address: `asked` for the member,
// or a port that nothing of the federation uses, so that all nodes can run on one machine. By
// member code. Fails with BAD_ENDPOINT, or BAD_REQUEST for an address of nobody.
absl::StatusOr<std::map<std::string, Listeners>> ChooseListeners(
    const Founding& founding, const std::map<std::string, std::string>& asked);

// The text of the two files.
std::string NodeToml(const Founding& founding, const FoundedMember& member,
                     const FoundingOptions& options, const Listeners& listeners);
std::string ProfileToml(const Founding& founding, const FoundedMember& member,
                        const Listeners& listeners);

// Writes everything to `folder`, all or nothing. Fails with FILE_EXISTS if it exists, else with
// FILE_ACCESS.
absl::Status WriteFounding(const Founding& founding, const FoundingOptions& options,
                           const std::map<std::string, Listeners>& listeners,
                           const std::string& folder);

}  // namespace plenary::cli
