#include "cli/file.h"

#include <filesystem>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 16;

absl::StatusOr<std::string> ReadAll(std::istream& in, const std::string& path, size_t max_bytes) {
  std::string bytes;
  std::string chunk(kChunkBytes, '\0');
  while (in.read(chunk.data(), kChunkBytes) || in.gcount() > 0) {
    bytes.append(chunk.data(), static_cast<size_t>(in.gcount()));
    if (bytes.size() > max_bytes) {
      return MakeError(Reason::TOO_LARGE,
                       absl::StrCat("file ", path, ": expected at most ", max_bytes, " bytes"));
    }
  }
  if (in.bad())
    return MakeError(Reason::NOT_FOUND, absl::StrCat("file ", path, ": cannot be read"));
  return bytes;
}

}  // namespace

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t max_bytes) {
  if (path == "-") return ReadAll(std::cin, "standard input", max_bytes);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return MakeError(Reason::NOT_FOUND, absl::StrCat("file ", path, ": it is a folder"));
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return MakeError(Reason::NOT_FOUND, absl::StrCat("file ", path, ": cannot be opened"));
  return ReadAll(in, path, max_bytes);
}

}  // namespace plenary::cli
