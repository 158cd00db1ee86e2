#include "tests/node/store_fixture.h"

namespace plenary::node {
namespace {

void Add(std::string& text, absl::string_view name, const absl::Status& status) {
  absl::StrAppend(&text, name, ": ", std::string(status.message()), "\n");
}

void DumpBranches(const Reader& reader, std::string& text) {
  for (uint32_t log = 0; log < 3; ++log) {
    for (uint32_t branch = 0; branch < 3; ++branch) {
      const auto scanned = reader.ScanCommits(
          {log, branch, 0}, {},
          [&](uint64_t index, absl::string_view envelope, absl::Span<const SlotView> slots) {
            absl::StrAppend(&text, "leaf ", log, "/", branch, "/", index, " ", envelope, "\n");
            for (const SlotView& slot : slots) {
              absl::StrAppend(&text, "  slot ", slot.entry, " ", slot.state, " ", slot.bytes, "\n");
            }
            return true;
          });
      if (!scanned.ok()) Add(text, "leaves", scanned.status());
    }
  }
}

}  // namespace

std::string Dump(const Reader& reader) {
  std::string text;
  if (const auto identity = reader.Identity(); identity.ok()) {
    absl::StrAppend(&text, "identity ", identity->ShortDebugString(), "\n");
  } else {
    Add(text, "identity", identity.status());
  }
  if (const auto logs = reader.AllLogs(); logs.ok()) {
    for (const auto& log : *logs) absl::StrAppend(&text, "log ", log.ShortDebugString(), "\n");
  } else {
    Add(text, "logs", logs.status());
  }
  if (const auto rosters = reader.Rosters(); rosters.ok()) {
    for (const auto& row : *rosters) {
      absl::StrAppend(&text, "roster ", row.version, " ", row.envelope, "\n");
    }
  } else {
    Add(text, "rosters", rosters.status());
  }
  if (const auto cards = reader.AllCards(); cards.ok()) {
    for (const auto& row : *cards) {
      absl::StrAppend(&text, "card ", row.member, " ", row.version, " ", row.envelope, "\n");
    }
  } else {
    Add(text, "cards", cards.status());
  }
  if (const auto evidence = reader.AllEvidence(); evidence.ok()) {
    for (const auto& row : *evidence) {
      absl::StrAppend(&text, "evidence ", row.key, " ", row.evidence, "\n");
    }
  } else {
    Add(text, "evidence", evidence.status());
  }
  const auto show = [&](const nodev1::Waiting& waiting) {
    absl::StrAppend(&text, "waiting ", waiting.ShortDebugString(), "\n");
    return true;
  };
  if (const auto status = reader.ScanWaiting(0, show); !status.ok()) Add(text, "waiting", status);
  if (const auto status = reader.ScanAside(0, show); !status.ok()) Add(text, "aside", status);
  if (const auto purges = reader.Purges(); purges.ok()) {
    for (const BranchLeaf& leaf : *purges) {
      absl::StrAppend(&text, "purge ", leaf.log, "/", leaf.branch, "/", leaf.index, "\n");
    }
  } else {
    Add(text, "purges", purges.status());
  }
  DumpBranches(reader, text);
  return text;
}

}  // namespace plenary::node
