// Records of a node as commands show them.
#pragma once

#include <string>

#include "cli/output.h"
#include "plenary/v1/record.pb.h"
#include "plenary/v1/register_service.pb.h"

namespace plenary::cli {

// "final", "provisional" or "tail" (stored by the node itself only, in no view).
std::string StageOf(const v1::RecordRevision& shown);
// "present", "withheld (audience: br,in)", "redacted", "missing (being fetched)".
std::string SlotOf(const v1::RecordRevision& shown);
// "members", "public" or the list "br,in".
std::string AudienceText(const v1::RecordAudience& audience);
// What endorsements prove of a text: "adopted", "2 of 5 endorsed", "cannot be adopted"; empty if it
// is no tabled text.
std::string AdoptionOf(const v1::RecordRevision& shown);

// The record's bytes read as the protos of this build have them; empty if there are none.
v1::Record RecordOf(const v1::RecordRevision& shown);

// Everything the node says of a revision, the record in its JSON form (record_json.h) under
// "record". Keys: name, revision, stage, verdict, slot, held_by, digest, log, index, entry, commit,
// signers, author_time, audience, permanent, bytes, adoption, not_counted, record. Of a tabled text
// `adoption` has state (AdoptionOf), adopted, demanded, endorsed (member to its endorsement's
// name), not_endorsed, and obstacle if there is one; of others it is not there.
Json RevisionJson(const v1::RecordRevision& shown);

// The same for eyes: lines of words, and the record's fields. Large bytes are only counted.
void PrintRevision(const v1::RecordRevision& shown, Console& console);

// The record as `plenary record put` takes a correction of it: without salt, revision, previous.
std::string ForEditing(const v1::RecordRevision& shown);

}  // namespace plenary::cli
