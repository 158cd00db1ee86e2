#include "node/config.h"

#include <algorithm>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "certs/file.h"
#include "ledger/names.h"
#include "ledger/status.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace plenary::node {
namespace {

constexpr int64_t kMaxCacheMib = 1 << 20;
constexpr size_t kMaxTextShown = 200;

int LineOf(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

std::string Quoted(absl::string_view text) {
  std::string quoted;
  AppendJsonText(text.substr(0, kMaxTextShown), quoted);
  return quoted;
}

std::string_view Std(absl::string_view text) { return {text.data(), text.size()}; }

// Edit distance with swaps of neighbours, for short words.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                             cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

// "; did you mean "x"?", or nothing if no word is near.
std::string Suggestion(absl::string_view word, absl::Span<const absl::string_view> known) {
  if (word.size() > 64) return "";
  size_t best = 3;
  absl::string_view nearest;
  for (const absl::string_view candidate : known) {
    const size_t distance = Distance(word, candidate);
    if (distance < best && distance < candidate.size()) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest.empty() ? "" : absl::StrCat("; did you mean \"", nearest, "\"?");
}

// Reads one table of the file and keeps every problem it finds.
class TableReader {
 public:
  // `prefix` is put in front of keys in messages. `table` may be null: every key is then missing.
  TableReader(const toml::table* table, std::string prefix, int line,
              std::vector<ConfigProblem>* problems)
      : table_(table), prefix_(std::move(prefix)), line_(line), problems_(*problems) {}

  void Problem(absl::string_view key, int line, std::string text) {
    problems_.push_back({absl::StrCat(prefix_, key), line, std::move(text)});
  }

  // Every key that is none of `known` is a problem.
  void RefuseOthers(absl::Span<const absl::string_view> known) {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_) {
      const absl::string_view name(key.data(), key.length());
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      problems_.push_back({absl::StrCat(prefix_, name), static_cast<int>(key.source().begin.line),
                           absl::StrCat("unknown key", Suggestion(name, known))});
    }
  }

  const toml::node* Find(absl::string_view key) const {
    return table_ == nullptr ? nullptr : table_->get(Std(key));
  }

  // A text that is not empty; a missing one is a problem if `needed`. Empty if there is none.
  std::string Text(absl::string_view key, bool needed, absl::string_view expected) {
    const toml::node* node = Find(key);
    if (node == nullptr) {
      if (needed) Problem(key, line_, absl::StrCat("missing; expected ", expected));
      return "";
    }
    const auto* text = node->as_string();
    if (text == nullptr || text->get().empty()) {
      Problem(key, LineOf(*node), absl::StrCat("expected ", expected, ", got ", Shown(*node)));
      return "";
    }
    return text->get();
  }

  // As Text, but what `valid` refuses is a problem too.
  template <typename Valid>
  std::string Checked(absl::string_view key, bool needed, absl::string_view expected, Valid valid) {
    std::string text = Text(key, needed, expected);
    if (text.empty() || valid(text)) return text;
    Problem(key, LineOf(*Find(key)), absl::StrCat("expected ", expected, ", got ", Quoted(text)));
    return "";
  }

  // A whole number of MiB in [least, kMaxCacheMib], as bytes; `otherwise` if it is not given.
  uint64_t Mib(absl::string_view key, int64_t least, uint64_t otherwise) {
    const toml::node* node = Find(key);
    if (node == nullptr) return otherwise;
    const auto* number = node->as_integer();
    if (number == nullptr || number->get() < least || number->get() > kMaxCacheMib) {
      Problem(key, LineOf(*node),
              absl::StrCat("expected a whole number of MiB from ", least, " to ", kMaxCacheMib,
                           ", got ", Shown(*node)));
      return otherwise;
    }
    return static_cast<uint64_t>(number->get()) << 20;
  }

  // The reader of a table below this one; what is no table is a problem.
  TableReader Table(absl::string_view key) {
    const toml::node* node = Find(key);
    const toml::table* table = node == nullptr ? nullptr : node->as_table();
    if (node != nullptr && table == nullptr) {
      Problem(key, LineOf(*node), absl::StrCat("expected a table [", key, "]"));
    }
    return {table, absl::StrCat(prefix_, key, "."), node == nullptr ? line_ : LineOf(*node),
            &problems_};
  }

  const toml::table* table() const { return table_; }
  std::vector<ConfigProblem>* problems() { return &problems_; }

  static std::string Shown(const toml::node& node) {
    if (const auto* text = node.as_string()) return Quoted(text->get());
    if (const auto* number = node.as_integer()) return absl::StrCat(number->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    if (node.is_table()) return "a table";
    if (node.is_array()) return "a list";
    return "another type of value";
  }

 private:
  const toml::table* table_;
  std::string prefix_;
  int line_;
  std::vector<ConfigProblem>& problems_;
};

std::optional<Role> ParseRole(absl::string_view name) {
  for (const Role role : {Role::kReader, Role::kClerk, Role::kAuditor, Role::kAdmin}) {
    if (name == RoleName(role)) return role;
  }
  return std::nullopt;
}

void ReadRole(TableReader& reader, absl::string_view identity, const toml::node& node,
              Roles& roles) {
  static constexpr absl::string_view kNames[] = {"reader", "clerk", "auditor", "admin"};
  const auto* name = node.as_string();
  const auto role = name == nullptr ? std::nullopt : ParseRole(name->get());
  if (role.has_value()) {
    roles.Add(*role);
    return;
  }
  const std::string nearest = name == nullptr ? "" : Suggestion(name->get(), kNames);
  reader.Problem(identity, LineOf(node),
                 absl::StrCat("expected reader, clerk, auditor or admin, got ",
                              TableReader::Shown(node), nearest));
}

void ReadRoles(TableReader reader, const std::string& federation, RoleTable& table) {
  if (reader.table() == nullptr) return;
  for (const auto& [key, node] : *reader.table()) {
    const std::string identity(key.str());
    const auto parsed = TlsIdentity::Parse(identity);
    if (!parsed.ok() || parsed->kind != TlsIdentity::Kind::kOperator) {
      reader.Problem(identity, LineOf(node),
                     "expected an operator's full SPIFFE ID, "
                     "\"spiffe://<member>.<federation>/operator/<name>\", in quotation marks");
    } else if (!federation.empty() && parsed->federation != federation) {
      reader.Problem(identity, LineOf(node),
                     absl::StrCat("expected an operator of ", federation, ", got one of ",
                                  parsed->federation));
    }
    Roles roles;
    if (const toml::array* list = node.as_array(); list != nullptr && !list->empty()) {
      for (const toml::node& role : *list) ReadRole(reader, identity, role, roles);
    } else {
      ReadRole(reader, identity, node, roles);
    }
    table[identity] = roles;
  }
}

void ReadPeers(TableReader reader, Config& config) {
  if (reader.table() == nullptr) return;
  for (const auto& [key, node] : *reader.table()) {
    const std::string who(key.str());
    const std::pair<std::string, std::string> parts = absl::StrSplit(who, absl::MaxSplits('/', 1));
    if (!IsMember(parts.first) || (parts.first != who && !IsLabel(parts.second))) {
      reader.Problem(who, LineOf(node),
                     "expected a member's code such as in, or \"in/node-1\" in quotation marks");
    }
    if (parts.first == config.member && (parts.first == who || parts.second == config.node)) {
      reader.Problem(who, LineOf(node),
                     "expected another node: of its own member it can only dial one by name");
    }
    config.peers.push_back({.member = parts.first,
                            .node = parts.second,
                            .address = reader.Checked(who, true, "host:port", IsHostPort)});
  }
}

void ReadKeys(TableReader reader, Config& config) {
  reader.RefuseOthers({"log", "cosigner", "author"});
  config.log_key = reader.Text("log", false, "the path of the log key");
  config.cosigner_key = reader.Text("cosigner", false, "the path of the cosigner key");
  config.author_key = reader.Text("author", false, "the path of an author key");
  const toml::node* log = reader.Find("log");
  const toml::node* cosigner = reader.Find("cosigner");
  if ((log == nullptr) == (cosigner == nullptr)) return;
  const bool lacks_log = log == nullptr;
  reader.Problem(
      lacks_log ? "log" : "cosigner", LineOf(lacks_log ? *cosigner : *log),
      "missing; a node that writes has a log key and a cosigner key, a follower neither");
}

void ReadLog(TableReader reader, Config& config) {
  static constexpr absl::string_view kLevels[] = {"debug", "info", "warning", "error"};
  reader.RefuseOthers({"level", "file"});
  config.log_file = reader.Text("file", false, "the path of a file");
  const std::string level = reader.Text("level", false, "debug, info, warning or error");
  if (!level.empty() && !ParseLogLevel(level, config.log_level)) {
    reader.Problem("level", LineOf(*reader.Find("level")),
                   absl::StrCat("expected debug, info, warning or error, got ", Quoted(level),
                                Suggestion(level, kLevels)));
  }
}

void ReadListeners(TableReader& top, Config& config) {
  config.peer_listen = top.Checked("peer_listen", false, "host:port", IsHostPort);
  config.operator_listen = top.Checked("operator_listen", true, "host:port", IsHostPort);
  if (!config.peer_listen.empty() && config.peer_listen == config.operator_listen) {
    top.Problem("operator_listen", LineOf(*top.Find("operator_listen")),
                "expected another port than peer_listen has: nodes and operators never share one");
  }
}

void ReadTop(const toml::table& table, ConfigResult& result) {
  TableReader top(&table, "", 0, &result.problems);
  top.RefuseOthers({"federation", "member", "node", "store", "trust", "peer_listen",
                    "operator_listen", "tls", "keys", "roles", "peers", "cache", "log"});
  Config& config = result.config;
  config.federation = top.Checked(
      "federation", true, "the federation's name, two or more labels such as \"sti.brics.example\"",
      IsFederation);
  config.member = top.Checked("member", true, "a member's code such as \"br\"", IsMember);
  config.node = top.Checked("node", true, "a name of a-z, 0-9 and -, such as \"node-1\"", IsLabel);
  config.store = top.Text("store", true, "the path of a folder");
  config.trust = top.Text("trust", true, "the path of a folder");
  ReadListeners(top, config);

  TableReader tls = top.Table("tls");
  tls.RefuseOthers({"certificate", "key"});
  config.tls_certificate = tls.Text("certificate", true, "the path of a PEM file");
  config.tls_key = tls.Text("key", true, "the path of a PEM file");
  ReadKeys(top.Table("keys"), config);
  ReadRoles(top.Table("roles"), config.federation, config.roles);
  ReadPeers(top.Table("peers"), config);

  TableReader cache = top.Table("cache");
  cache.RefuseOthers({"block_mib", "write_buffer_mib"});
  config.block_cache_bytes = cache.Mib("block_mib", 1, config.block_cache_bytes);
  config.write_buffer_bytes = cache.Mib("write_buffer_mib", 8, config.write_buffer_bytes);
  ReadLog(top.Table("log"), config);
}

void MakeAbsolute(const std::string& folder, Config& config) {
  for (std::string* path :
       {&config.store, &config.trust, &config.tls_certificate, &config.tls_key, &config.log_key,
        &config.cosigner_key, &config.author_key, &config.log_file}) {
    if (!path->empty() && path->front() != '/') *path = absl::StrCat(folder, "/", *path);
  }
}

bool IsPort(absl::string_view text) {
  int port = 0;
  return !text.empty() && text.size() <= 5 && text.front() != '0' && text.front() != '+' &&
         absl::SimpleAtoi(text, &port) && port > 0 && port <= 65535;
}

}  // namespace

absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kReader:
      return "reader";
    case Role::kClerk:
      return "clerk";
    case Role::kAuditor:
      return "auditor";
    case Role::kAdmin:
      return "admin";
  }
  return "";
}

bool IsHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || !IsPort(text.substr(colon + 1))) return false;
  absl::string_view host = text.substr(0, colon);
  absl::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    allowed = "0123456789abcdefABCDEF:.";
  }
  return !host.empty() && host.size() <= 253 &&
         host.find_first_not_of(allowed) == absl::string_view::npos;
}

ConfigResult ParseConfig(absl::string_view text, const std::string& folder) {
  ConfigResult result;
  const toml::parse_result parsed = toml::parse(Std(text));
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    result.problems.push_back(
        {"", static_cast<int>(error.source().begin.line),
         absl::StrCat("this is no TOML: ",
                      absl::string_view(error.description().data(), error.description().size()))});
    return result;
  }
  ReadTop(parsed.table(), result);
  MakeAbsolute(folder, result.config);
  std::stable_sort(result.problems.begin(), result.problems.end(),
                   [](const ConfigProblem& a, const ConfigProblem& b) { return a.line < b.line; });
  return result;
}

ConfigResult LoadConfig(const std::string& path) {
  const auto text = certs::ReadFile(path);
  if (text.ok()) return ParseConfig(*text, certs::FolderOf(path));
  ConfigResult result;
  result.problems.push_back({"", 0, std::string(text.status().message())});
  return result;
}

std::string FormatProblems(absl::string_view path, const std::vector<ConfigProblem>& problems) {
  std::string text;
  for (const ConfigProblem& problem : problems) {
    absl::StrAppend(&text, path, ":");
    if (problem.line > 0) absl::StrAppend(&text, problem.line, ":");
    absl::StrAppend(&text, " ");
    if (!problem.key.empty()) absl::StrAppend(&text, problem.key, ": ");
    absl::StrAppend(&text, problem.text, "\n");
  }
  return text;
}

}  // namespace plenary::node
