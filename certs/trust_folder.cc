#include "certs/trust_folder.h"

#include <dirent.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "certs/file.h"
#include "ledger/digest.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary::certs {
namespace {

constexpr absl::string_view kRoster = "roster-";
constexpr absl::string_view kCard = "card-";
constexpr absl::string_view kSuffix = ".envelope";
constexpr mode_t kFolderMode = 0755;
constexpr mode_t kFileMode = 0644;

using Versions = std::map<uint64_t, std::string>;  // version → file name

struct Names {
  Versions rosters;
  std::map<std::string, Versions> cards;
};

absl::StatusOr<uint64_t> ParseVersion(absl::string_view text, absl::string_view name) {
  const auto version = ParseDecimal(text);
  if (version.ok() && *version > 0) return *version;
  return MakeError(Reason::BAD_NAME,
                   absl::StrCat("file \"", name,
                                "\": expected roster-<version>.envelope or "
                                "card-<member>-<version>.envelope"),
                   {{"name", name}});
}

absl::Status AddName(absl::string_view name, Names& names) {
  absl::string_view rest = name;
  if (!absl::ConsumeSuffix(&rest, kSuffix)) return absl::OkStatus();
  if (absl::ConsumePrefix(&rest, kRoster)) {
    ASSIGN_OR_RETURN(const uint64_t version, ParseVersion(rest, name));
    names.rosters[version] = std::string(name);
  } else if (absl::ConsumePrefix(&rest, kCard)) {
    // A member's code may hold hyphens; the version holds none.
    const size_t hyphen = rest.rfind('-');
    const absl::string_view member = rest.substr(0, hyphen);
    const bool named = hyphen != absl::string_view::npos && IsMember(member);
    ASSIGN_OR_RETURN(const uint64_t version,
                     ParseVersion(named ? rest.substr(hyphen + 1) : "", name));
    names.cards[std::string(member)][version] = std::string(name);
  }
  return absl::OkStatus();
}

absl::StatusOr<Names> ListNames(const std::string& folder) {
  DIR* entries = opendir(folder.c_str());
  if (entries == nullptr) return FileError("folder", folder, errno);
  Names names;
  absl::Status status;
  while (const dirent* entry = status.ok() ? readdir(entries) : nullptr) {
    status = AddName(entry->d_name, names);
  }
  closedir(entries);
  if (!status.ok()) return Annotate(status, absl::StrCat("folder \"", folder, "\""));
  return names;
}

absl::StatusOr<std::vector<std::string>> ReadVersions(const std::string& folder,
                                                      const Versions& versions, Reason missing) {
  std::vector<std::string> envelopes;
  for (const auto& [version, name] : versions) {
    if (version != envelopes.size() + 1) {
      return MakeError(missing, absl::StrCat("folder \"", folder, "\": expected version ",
                                             envelopes.size() + 1, " before ", name));
    }
    ASSIGN_OR_RETURN(std::string envelope, ReadFile(absl::StrCat(folder, "/", name)));
    envelopes.push_back(std::move(envelope));
  }
  return envelopes;
}

}  // namespace

std::string RosterFileName(uint64_t version) { return absl::StrCat(kRoster, version, kSuffix); }

std::string CardFileName(absl::string_view member, uint64_t version) {
  return absl::StrCat(kCard, member, "-", version, kSuffix);
}

absl::StatusOr<TrustFiles> ReadTrustFolder(const std::string& folder) {
  ASSIGN_OR_RETURN(const Names names, ListNames(folder));
  if (names.rosters.empty()) {
    return MakeError(Reason::ROSTER_MISSING,
                     absl::StrCat("folder \"", folder, "\": expected ", RosterFileName(1)));
  }
  TrustFiles files;
  ASSIGN_OR_RETURN(files.rosters, ReadVersions(folder, names.rosters, Reason::ROSTER_MISSING));
  for (const auto& [member, versions] : names.cards) {
    ASSIGN_OR_RETURN(files.cards[member], ReadVersions(folder, versions, Reason::CARD_MISSING));
  }
  return files;
}

absl::Status WriteTrustFolder(const std::string& folder, const TrustFiles& files) {
  RETURN_IF_ERROR(EnsureFolder(folder, kFolderMode));
  const auto create = [&folder](const std::string& name, const std::string& envelope) {
    return CreateFile(absl::StrCat(folder, "/", name), envelope, kFileMode, NameSync::kByCaller);
  };
  for (size_t i = 0; i < files.rosters.size(); ++i) {
    RETURN_IF_ERROR(create(RosterFileName(i + 1), files.rosters[i]));
  }
  for (const auto& [member, envelopes] : files.cards) {
    for (size_t i = 0; i < envelopes.size(); ++i) {
      RETURN_IF_ERROR(create(CardFileName(member, i + 1), envelopes[i]));
    }
  }
  return SyncFolder(folder);
}

}  // namespace plenary::certs
