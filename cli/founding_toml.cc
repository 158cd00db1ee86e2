// plenaryd.toml and profile.toml of a founded member: written for people to read.
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "certs/certificate.h"
#include "cli/founding_folder.h"
#include "ledger/names.h"

namespace plenary::cli {
namespace {

// A TOML basic string.
std::string Quote(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      absl::StrAppend(&quoted, absl::StrFormat("\\u%04X", static_cast<unsigned>(c)));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string PeerListen(const Listeners& listeners) {
  if (!listeners.peers.has_value()) {
    return "# Where other members' nodes reach this one. Absent: this node only dials out, which "
           "is\n"
           "# enough to take part. With an address here, the member card should name an endpoint.\n"
           "# peer_listen = \"0.0.0.0:7443\"\n";
  }
  return absl::StrCat(
      "# Where other members' nodes reach this one. Without it the node only dials out.\n"
      "peer_listen = ",
      Quote(*listeners.peers), "\n");
}

std::string Peers(const Founding& founding, const FoundedMember& own) {
  std::string text =
      "\n"
      "# Where to dial members instead of the endpoint on their card, e.g. through a tunnel. The\n"
      "# certificate must be that member's all the same.\n"
      "[peers]\n";
  for (const FoundedMember& member : founding.members) {
    if (member.code == own.code || !member.endpoint.has_value()) continue;
    absl::StrAppend(&text, "# ", member.code, " = ", Quote(*member.endpoint), "\n");
    break;
  }
  return text;
}

}  // namespace

std::string NodeToml(const Founding& founding, const FoundedMember& member,
                     const FoundingOptions& options, const Listeners& listeners) {
  const std::string& federation = founding.rosters.federation();
  const std::string admin =
      TlsIdentity{member.code, federation, TlsIdentity::Kind::kOperator, options.operator_name}
          .Uri();
  return absl::StrCat(
      "# The node of member ", member.code,
      ". Paths are relative to this file's folder.\n"
      "# plenaryd --check says what is wrong with it.\n"
      "\n"
      "# Who this node is. The certificate must say the same.\n"
      "federation = ",
      Quote(federation),
      "\n"
      "member = ",
      Quote(member.code),
      "\n"
      "node = ",
      Quote(options.node_name),
      "\n"
      "\n"
      "# The folder of the database.\n"
      "store = \"store\"\n"
      "# Rosters and cards to begin with: every version from 1. Newer ones come from peers.\n"
      "trust = \"trust\"\n"
      "\n",
      PeerListen(listeners),
      "# Where operators reach it, with certificates of their own (see roles). Nodes never do.\n"
      "operator_listen = ",
      Quote(listeners.operators),
      "\n"
      "\n"
      "# The node's TLS identity. plenary cert renew replaces both files at once, and the running\n"
      "# node takes them.\n"
      "[tls]\n"
      "key = \"tls/node/current/key.pem\"\n"
      "certificate = \"tls/node/current/cert.pem\"\n"
      "\n"
      "# What the node signs with: its own log, and what it says of others' logs. Their public "
      "parts\n"
      "# are on the member card. A follower, which only serves reads, has neither.\n"
      "[keys]\n"
      "log = \"keys/log-1.pem\"\n"
      "cosigner = \"keys/cosigner.pem\"\n"
      "\n"
      "# What callers may do, by their full identity: reader, clerk, admin or auditor, or a list "
      "of\n"
      "# these. Whoever is not here may do nothing; operators of other members can be listed too.\n"
      "[roles]\n",
      Quote(admin), " = [\"admin\", \"clerk\"]\n", Peers(founding, member));
}

std::string ProfileToml(const Founding& founding, const FoundedMember& member,
                        const Listeners& listeners) {
  return absl::StrCat("# How plenary reaches the node of member ", member.code,
                      ". Paths are relative to this file's\n"
                      "# folder.\n"
                      "federation = ",
                      Quote(founding.rosters.federation()),
                      "\n"
                      "# The node must show a certificate of this member.\n"
                      "member = ",
                      Quote(member.code),
                      "\n"
                      "node = ",
                      Quote(listeners.operators),
                      "\n"
                      "# Rosters and cards that say which CA speaks for which member.\n"
                      "trust = \"trust\"\n"
                      "\n"
                      "# Who you are to the node; its roles say what you may do.\n"
                      "[tls]\n"
                      "key = \"tls/admin/current/key.pem\"\n"
                      "certificate = \"tls/admin/current/cert.pem\"\n"
                      "\n"
                      "# What you sign records with. The key must be on the member card.\n"
                      "[author]\n"
                      "key = \"keys/author-1.pem\"\n");
}

}  // namespace plenary::cli
