// How a person's `plenary` reaches a node: profile.toml.
//
//   federation = "sti.brics.example"
//   member = "br"                     whose node must answer
//   node = "127.0.0.1:8443"           address of its operator listener
//   trust = "trust"                   folder of rosters and cards
//   [tls]     key, certificate        who the person is to the node
//   [author]  key                     what records are signed with; may be left out
//
// Paths are relative to the file's own folder.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace plenary::cli {

struct Profile {
  std::string file;  // where it was read from, for messages
  std::string federation;
  std::string member;
  std::string node;
  std::string trust;
  std::string tls_key;
  std::string tls_certificate;
  std::string author_key;  // empty: this person signs no records
};

// The path to read: `given` if it is not empty, else $PLENARY_PROFILE, else
// $XDG_CONFIG_HOME/plenary/profile.toml, else $HOME/.config/plenary/profile.toml. Fails with
// NO_PROFILE if none of the variables is set.
absl::StatusOr<std::string> ProfilePath(const std::string& given);

// Reads the profile at `path`. Fails with NO_PROFILE if there is no such file, with BAD_PROFILE,
// and the line and key, if it is not TOML, lacks a key, has one that is none, or has a value that
// is none.
absl::StatusOr<Profile> ReadProfile(const std::string& path);

}  // namespace plenary::cli
