// plenary proof export: a record with everything that proves it, in one file.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "certs/file.h"
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "ledger/names.h"
#include "ledger/proof_verdict.h"
#include "ledger/status.h"

namespace plenary::cli {
namespace {

constexpr mode_t kPublicFile = 0644;

constexpr char kDetails[] =
    "The file verifies offline, without any node: plenary verify FILE. It is checked here before\n"
    "it is written. A record that is not final yet has no proof.\n\n"
    "  plenary proof export members/br/meetings/mm-11\n"
    "  plenary proof export members/br/meetings/mm-11/revisions/1 --out mm-11.plenary-proof";

// "members/br/meetings/mm-11" → "br-meetings-mm-11.plenary-proof".
absl::StatusOr<std::string> FileFor(const std::string& name) {
  const auto revision = RevisionName::Parse(name);
  const auto record = revision.ok() ? revision->record : RecordName::Parse(name);
  if (!record.ok()) return record.status();
  return absl::StrCat(record->member, "-", record->collection, "-", record->id,
                      revision.ok() ? absl::StrCat("-", revision->revision) : "", ".plenary-proof");
}

absl::StatusOr<int> Export(Session& session, const Invocation& given, Console& console) {
  const std::string name = given.Get("NAME");
  ASSIGN_OR_RETURN(std::string path, FileFor(name));
  if (given.Has("--out")) path = given.Get("--out");
  v1::ExportProofRequest request;
  request.set_name(name);
  ASSIGN_OR_RETURN(const std::string file, session.client->ExportProof(request));
  const Digest genesis = session.trust.rosters.genesis();
  const ProofVerdict verdict = VerifyProof(file, absl::MakeConstSpan(&genesis, 1));
  if (verdict.exit != ProofExit::kProven) {
    return Annotate(verdict.why, "the node's proof file does not prove it");
  }
  RETURN_IF_ERROR(certs::CreateFile(path, file, kPublicFile));
  console.out << "wrote " << Printable(path) << " (" << file.size() << " bytes), which proves "
              << Printable(verdict.record_name) << ", revision " << verdict.revision << "\n"
              << "whoever trusts this federation verifies it with\n\n"
              << "  plenary verify " << Printable(path) << " --roster-digest " << genesis.Hex()
              << "\n";
  return kExitDone;
}

}  // namespace

Command ProofExportCommand() {
  return NetworkCommand(
      {.path = "proof export",
       .summary = "Write a proof file for a record that is final",
       .details = kDetails,
       .arguments = {{.name = "NAME", .help = "of the record, or of one of its revisions"}},
       .options = {{.name = "--out",
                    .value = "FILE",
                    .help = "where to write it [<member>-<collection>-<id>.plenary-proof]"}}},
      Export);
}

}  // namespace plenary::cli
