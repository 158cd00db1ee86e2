#include "cli/profile.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/file.h"
#include "ledger/digest.h"
#include "ledger/names.h"
#include "ledger/near_name.h"
#include "ledger/status.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace plenary::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxProfileBytes = size_t{64} << 10;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Reads the keys of one table; keeps the first thing that is wrong.
class Keys {
 public:
  Keys(const toml::table* table, std::string prefix, const std::string& file, absl::Status& wrong)
      : table_(table), prefix_(std::move(prefix)), file_(file), wrong_(wrong) {}

  std::string Text(const char* key, bool required) {
    known_.emplace_back(key);
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    if (node == nullptr) {
      if (required) Wrong(0, absl::StrCat(prefix_, key, ": expected a text, got nothing"));
      return "";
    }
    const auto value = node->value<std::string>();
    if (!node->is_string() || value->empty()) {
      Wrong(Line(*node), absl::StrCat(prefix_, key, ": expected a text that is not empty"));
      return "";
    }
    return *value;
  }

  const toml::table* Table(const char* key) {
    known_.emplace_back(key);
    const toml::node* node = table_->get(key);
    if (node == nullptr || node->is_table()) return node == nullptr ? nullptr : node->as_table();
    Wrong(Line(*node), absl::StrCat(prefix_, key, ": expected a table"));
    return nullptr;
  }

  // Call it when every key has been asked for.
  void RefuseOthers() {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_) {
      const std::string name(key.str());
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      const std::string near = NearName(name, known_);
      Wrong(Line(node), absl::StrCat(prefix_, name, ": expected ",
                                     near.empty() ? absl::StrJoin(known_, ", ") : near));
    }
  }

  void Wrong(int line, absl::string_view text) {
    if (!wrong_.ok()) return;
    wrong_ = MakeError(
        Reason::BAD_PROFILE,
        absl::StrCat("profile ", file_, line > 0 ? absl::StrCat(", line ", line) : "", ": ", text),
        {{"file", file_}, {"line", absl::StrCat(line)}});
  }

 private:
  static int Line(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

  const toml::table* table_;
  const std::string prefix_;
  const std::string& file_;
  absl::Status& wrong_;
  std::vector<std::string> known_;
};

bool IsAddress(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  const auto port = ParseDecimal(text.substr(colon + 1));
  return port.ok() && *port >= 1 && *port <= 65'535;
}

void Resolve(const std::string& file, std::string& path) {
  if (path.empty() || fs::path(path).is_absolute()) return;
  path = (fs::path(file).parent_path() / path).string();
}

absl::StatusOr<Profile> FromTable(const toml::table& table, const std::string& path) {
  absl::Status wrong;
  Profile profile;
  profile.file = path;
  Keys top(&table, "", path, wrong);
  profile.federation = top.Text("federation", true);
  profile.member = top.Text("member", true);
  profile.node = top.Text("node", true);
  profile.trust = top.Text("trust", true);
  Keys tls(top.Table("tls"), "tls.", path, wrong);
  profile.tls_key = tls.Text("key", true);
  profile.tls_certificate = tls.Text("certificate", true);
  Keys author(top.Table("author"), "author.", path, wrong);
  profile.author_key = author.Text("key", false);
  if (wrong.ok() && !IsFederation(profile.federation)) {
    top.Wrong(0, "federation: expected a name such as sti.brics.example");
  }
  if (wrong.ok() && !IsMember(profile.member)) {
    top.Wrong(0, "member: expected the code of a member such as br");
  }
  if (wrong.ok() && !IsAddress(profile.node)) top.Wrong(0, "node: expected host:port");
  top.RefuseOthers();
  tls.RefuseOthers();
  author.RefuseOthers();
  if (!wrong.ok()) return wrong;
  for (std::string* file :
       {&profile.trust, &profile.tls_key, &profile.tls_certificate, &profile.author_key}) {
    Resolve(path, *file);
  }
  return profile;
}

}  // namespace

absl::StatusOr<std::string> ProfilePath(const std::string& given) {
  if (!given.empty()) return given;
  if (std::string named = Variable("PLENARY_PROFILE"); !named.empty()) return named;
  if (const std::string config = Variable("XDG_CONFIG_HOME"); !config.empty()) {
    return config + "/plenary/profile.toml";
  }
  if (const std::string home = Variable("HOME"); !home.empty()) {
    return home + "/.config/plenary/profile.toml";
  }
  return MakeError(Reason::NO_PROFILE, "profile: none is named, and there is no home folder");
}

absl::StatusOr<Profile> ReadProfile(const std::string& path) {
  const auto text = ReadWholeFile(path, kMaxProfileBytes);
  if (!text.ok()) {
    return MakeError(Reason::NO_PROFILE,
                     absl::StrCat("profile ", path, ": there is no such file that can be read"),
                     {{"file", path}});
  }
  const toml::parse_result parsed = toml::parse(*text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return MakeError(
        Reason::BAD_PROFILE,
        absl::StrCat("profile ", path, ", line ", error.source().begin.line, ": ",
                     Printable({error.description().data(), error.description().size()})),
        {{"file", path}, {"line", absl::StrCat(error.source().begin.line)}});
  }
  return FromTable(parsed.table(), path);
}

}  // namespace plenary::cli
