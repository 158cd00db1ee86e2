#include "cli/roster_pins.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "certs/file.h"
#include "ledger/names.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr char kHead[] = "# Rosters that plenary verify goes by: federation, version, digest.\n";

absl::StatusOr<RosterPin> ParseLine(absl::string_view line) {
  const std::vector<absl::string_view> parts = absl::StrSplit(line, ' ', absl::SkipEmpty());
  const auto bad = [] {
    return MakeError(Reason::BAD_CONFIG,
                     "expected \"<federation> <version> <digest in hex>\", once per federation");
  };
  if (parts.size() != 3 || !IsFederation(parts[0])) return bad();
  const auto version = ParseDecimal(parts[1]);
  const auto digest = Digest::FromHex(parts[2]);
  if (!version.ok() || *version == 0 || !digest.ok()) return bad();
  return RosterPin{std::string(parts[0]), *version, *digest};
}

const RosterPin* Find(const std::vector<RosterPin>& pins, const std::string& federation) {
  const auto found = std::find_if(
      pins.begin(), pins.end(), [&](const RosterPin& pin) { return pin.federation == federation; });
  return found == pins.end() ? nullptr : &*found;
}

absl::Status CheckNoWayBack(const RosterPin& before, const RosterPin& pin) {
  if (before.version == pin.version && before.digest != pin.digest) {
    return MakeError(Reason::SECOND_OF_VERSION,
                     absl::StrCat("roster ", pin.version, " of ", pin.federation,
                                  ": the digest trusted here is ", before.digest.Hex(), ", got ",
                                  pin.digest.Hex()));
  }
  if (before.version <= pin.version) return absl::OkStatus();
  return MakeError(Reason::BAD_REQUEST,
                   absl::StrCat("roster ", pin.version, " of ", pin.federation, ": version ",
                                before.version, " is trusted here already, and is newer"));
}

// A reader sees the file before or the file after.
absl::Status ReplaceFile(const std::string& path, absl::string_view bytes) {
  const std::string folder = certs::FolderOf(path);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return certs::FileError("folder", folder, error.value());
  const std::string next = absl::StrCat(path, ".", getpid());
  RETURN_IF_ERROR(certs::CreateFile(next, bytes, 0644));
  if (rename(next.c_str(), path.c_str()) != 0) {
    const absl::Status status = certs::FileError("file", path, errno);
    unlink(next.c_str());
    return status;
  }
  return certs::SyncFolder(folder);
}

}  // namespace

absl::StatusOr<std::string> DefaultPinsPath() {
  if (const char* config = getenv("XDG_CONFIG_HOME"); config != nullptr && *config != '\0') {
    return absl::StrCat(config, "/plenary/rosters");
  }
  if (const char* home = getenv("HOME"); home != nullptr && *home != '\0') {
    return absl::StrCat(home, "/.config/plenary/rosters");
  }
  return MakeError(Reason::FILE_ACCESS,
                   "trusted rosters: neither XDG_CONFIG_HOME nor HOME says where they are");
}

absl::StatusOr<std::vector<RosterPin>> ReadPins(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::vector<RosterPin>();
  ASSIGN_OR_RETURN(const std::string text, certs::ReadFile(path));
  std::vector<RosterPin> pins;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || absl::StartsWith(line, "#")) continue;
    auto pin = ParseLine(line);
    if (pin.ok() && Find(pins, pin->federation) != nullptr) pin = ParseLine("");
    if (!pin.ok()) {
      return Annotate(pin.status(), absl::StrCat("file \"", path, "\", line ", number));
    }
    pins.push_back(*std::move(pin));
  }
  return pins;
}

absl::Status AddPin(const std::string& path, const RosterPin& pin) {
  ASSIGN_OR_RETURN(std::vector<RosterPin> pins, ReadPins(path));
  if (const RosterPin* before = Find(pins, pin.federation); before != nullptr) {
    RETURN_IF_ERROR(CheckNoWayBack(*before, pin));
    pins.erase(pins.begin() + (before - pins.data()));
  }
  pins.push_back(pin);
  std::string text = kHead;
  for (const RosterPin& line : pins) {
    absl::StrAppend(&text, line.federation, " ", line.version, " ", line.digest.Hex(), "\n");
  }
  return ReplaceFile(path, text);
}

}  // namespace plenary::cli
