#include "cli/import/load.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/import/csv_rows.h"
#include "cli/import/json_rows.h"
#include "cli/import/owners.h"
#include "cli/import/row_to_body.h"
#include "cli/import/source_fields.h"
#include "cli/import/warnings.h"
#include "ledger/field_check.h"
#include "ledger/fields.h"
#include "ledger/names.h"
#include "ledger/near_name.h"
#include "ledger/status.h"

namespace plenary {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kVocabularies = "vocabularies";
constexpr uint32_t kSchema = 1;

struct KindRows {
  const SourceKind* kind;
  RowSet set;
};

std::string FileName(const std::string& path) { return fs::path(path).filename().string(); }

absl::StatusOr<RowSet> ReadRows(const SourceKind& kind, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadSourceFile(path));
  const std::string file = FileName(path);
  if (fs::path(path).extension() == ".csv") return ReadCsvRows(kind, file, text);
  return kind.name == kVocabularies ? ReadJsonLists(file, text) : ReadJsonRows(file, text);
}

// Turns rows into records. Loop only.
class Loader {
 public:
  Loader(Owners owners, ReferenceIndex index, std::string owner_of_all)
      : owners_(std::move(owners)),
        index_(std::move(index)),
        owner_of_all_(std::move(owner_of_all)) {}

  Import Load(std::vector<KindRows> kinds) {
    for (const KindRows& rows : kinds) {
      if (rows.kind->name != "chairships") continue;
      for (const Row& row : rows.set.rows) owners_.AddChairship(row);
    }
    for (KindRows& rows : kinds) Name(rows);
    for (const Named& named : named_) Fill(named);
    AddWarnings(import_);
    return std::move(import_);
  }

  // What is wrong with the file of owners; its rows count as owners' decisions only.
  void Report(std::vector<RowError> errors) {
    for (RowError& error : errors) import_.errors.push_back(std::move(error));
  }

 private:
  struct Named {
    const SourceKind* kind;
    Row row;
    RecordName name;
  };

  // Gives each row of a kind its name, so that others can refer to it whatever becomes of it.
  void Name(KindRows& rows) {
    size_t last_bad = 0;
    for (const RowError& error : rows.set.errors) {
      if (error.number != last_bad) ++import_.rows;
      last_bad = error.number;
    }
    Report(std::move(rows.set.errors));
    for (Row& row : rows.set.rows) {
      ++import_.rows;
      const auto id = row.value.find("id");
      const bool has_text = id != row.value.end() && id->is_string();
      const auto record_id =
          has_text ? RecordIdOf(id->get_ref<const std::string&>()) : std::nullopt;
      if (!record_id.has_value()) {
        Bad(row, "id", "1 to 63 letters, digits, - and _", id == row.value.end() ? "" : Shown(*id));
        continue;
      }
      std::string owner = owner_of_all_.empty() ? owners_.OwnerOf(*rows.kind, row) : owner_of_all_;
      RecordName name{std::move(owner), rows.kind->collection, *record_id};
      const auto [at, is_new] =
          seen_.emplace(absl::StrCat(rows.kind->name, "/", *record_id), row.number);
      if (!is_new) {
        Bad(row, "id", absl::StrCat("an id of its own; row ", at->second, " has it"), Shown(*id));
        continue;
      }
      index_.Add(name.collection, id->get_ref<const std::string&>(), name.Text());
      named_.push_back({rows.kind, std::move(row), std::move(name)});
    }
  }

  void Fill(const Named& named) {
    PreparedRecord prepared;
    prepared.owner = named.name.member;
    prepared.kind = named.kind->name;
    prepared.file = named.row.file;
    prepared.number = named.row.number;
    prepared.record.set_schema(kSchema);
    prepared.record.set_name(named.name.Text());
    auto errors = RowToBody(*named.kind, named.row, index_, named.name.member,
                            MakeBody(prepared.record, named.kind->collection));
    if (errors.empty()) {
      const absl::Status status = CheckBody(prepared.record);
      if (!status.ok()) errors.push_back(OfBody(named, status));
    }
    if (errors.empty()) {
      import_.records.push_back(std::move(prepared));
    } else {
      Report(std::move(errors));
    }
  }

  // An error about the fields of the body, in the source's words.
  static RowError OfBody(const Named& named, const absl::Status& status) {
    std::string field = MetadataOf(status, "field");
    std::string shown;
    for (const SourceField& source : named.kind->fields) {
      if (source.field->name() != field) continue;
      field = source.name;
      if (named.row.value.contains(field)) shown = Shown(named.row.value[field]);
      break;
    }
    return {named.row.file, named.row.number, named.row.line,
            field,          std::move(shown), MetadataOf(status, "expected")};
  }

  void Bad(const Row& row, const char* field, std::string expected, std::string shown) {
    import_.errors.push_back(
        {row.file, row.number, row.line, field, std::move(shown), std::move(expected)});
  }

  Owners owners_;
  ReferenceIndex index_;
  const std::string owner_of_all_;
  std::map<std::string, size_t> seen_;  // kind/id → row
  std::vector<Named> named_;
  Import import_;
};

}  // namespace

absl::StatusOr<std::string> ReadSourceFile(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return MakeError(Reason::NOT_FOUND, absl::StrCat(path, ": expected a file"), {{"file", path}});
  }
  const uintmax_t size = fs::file_size(path, error);
  if (!error && size > kSourceFileBytes) {
    return MakeError(
        Reason::TOO_LARGE,
        absl::StrCat(path, ": expected at most ", kSourceFileBytes, " bytes, got ", size),
        {{"file", path}});
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(static_cast<size_t>(error ? 0 : size), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (error || !in || static_cast<size_t>(in.gcount()) != text.size()) {
    return MakeError(Reason::BAD_REQUEST, absl::StrCat(path, ": expected a file that can be read"),
                     {{"file", path}});
  }
  return text;
}

absl::StatusOr<Import> LoadFolder(const std::string& folder, const ImportOptions& options) {
  std::vector<KindRows> kinds;
  for (const SourceKind& kind : SourceKinds()) {
    for (const char* ending : {".json", ".csv"}) {
      const std::string path = (fs::path(folder) / (kind.name + ending)).string();
      std::error_code error;
      if (!fs::exists(path, error)) continue;
      ASSIGN_OR_RETURN(RowSet set, ReadRows(kind, path));
      kinds.push_back({&kind, std::move(set)});
      break;
    }
  }
  if (kinds.empty()) {
    return MakeError(Reason::NOT_FOUND,
                     absl::StrCat(folder, ": expected a folder with files such as meetings.json"),
                     {{"folder", folder}});
  }
  Owners owners(options.members, options.fallback_owner);
  std::vector<RowError> owner_errors;
  const std::string path = (fs::path(folder) / "owners.csv").string();
  std::error_code error;
  if (fs::exists(path, error)) {
    ASSIGN_OR_RETURN(const std::string text, ReadSourceFile(path));
    owner_errors = owners.AddFile(FileName(path), text);
  }
  Loader loader(std::move(owners), options.known, "");
  loader.Report(std::move(owner_errors));
  return loader.Load(std::move(kinds));
}

absl::StatusOr<Import> LoadFile(const std::string& path, absl::string_view kind,
                                absl::string_view owner, const ImportOptions& options) {
  const std::string named(kind.empty() ? fs::path(path).stem().string() : std::string(kind));
  const SourceKind* found = FindSourceKind(named);
  if (found == nullptr) {
    std::vector<std::string> names;
    for (const SourceKind& known : SourceKinds()) names.push_back(known.name);
    return MakeError(Reason::BAD_REQUEST,
                     absl::StrCat("kind of rows: expected ", absl::StrJoin(names, ", "), ", got ",
                                  ShownValue(named)),
                     {{"kind", named}});
  }
  ASSIGN_OR_RETURN(RowSet set, ReadRows(*found, path));
  Loader loader(Owners(options.members, options.fallback_owner), options.known, std::string(owner));
  std::vector<KindRows> kinds;
  kinds.push_back({found, std::move(set)});
  return loader.Load(std::move(kinds));
}

}  // namespace plenary
