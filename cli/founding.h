// Founding a federation on one machine: every key, roster version 1, a card per member.
//
// For trials, exercises and tests. In earnest each member makes its own root key, offline, and only
// the roster travels; the bytes are the same. Order: root keys, roster 1 (which names the genesis),
// cards. Rules: docs/FORMATS.md, sections 3.3 and 3.4.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "certs/authority.h"
#include "certs/key_file.h"
#include "ledger/card.h"
#include "ledger/digest.h"
#include "ledger/roster.h"

namespace plenary::cli {

struct FoundingOptions {
  std::string federation;
  std::vector<std::string> members;    // full members, by code
  std::vector<std::string> observers;  // by code
  // Members whose node listens for peers: "host:port". The others only dial out.
  std::map<std::string, std::string> endpoints;
  std::string node_name = "node-1";
  std::string operator_name = "admin";
  // How many full members must sign the next roster; 0: the smallest number above half.
  uint32_t threshold = 0;
  absl::Time now;
};

// A private key and the signer made of it.
struct FoundedKey {
  certs::Secret pem;
  std::unique_ptr<Signer> signer;
};

// Everything of one member.
struct FoundedMember {
  std::string code;
  bool full = true;
  std::optional<std::string> endpoint;
  FoundedKey root;
  FoundedKey log;
  FoundedKey cosigner;
  FoundedKey author;
  certs::Authority authority;
  certs::Secret authority_key;
  certs::IssuedIdentity node;
  certs::IssuedIdentity admin;  // an operator's certificate
  std::string card;             // envelope; empty until it is signed
};

struct Founding {
  RosterChain rosters;
  std::vector<FoundedMember> members;  // in the order asked for, observers last
};

// Makes all of it in memory, and verifies it as every reader will. Fails with BAD_NAME,
// DUPLICATE_MEMBER, BAD_MEMBER_COUNT, BAD_THRESHOLD, BAD_ENDPOINT, or BAD_REQUEST for an endpoint
// of nobody.
absl::StatusOr<Founding> Found(const FoundingOptions& options);

}  // namespace plenary::cli
