// Records as the services show them: what the view says, where they lie, and what this caller may
// see of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node/services/service_context.h"
#include "node/view/reader.h"
#include "plenary/v1/register_service.pb.h"

namespace plenary::node {

// Members whose verified cosignature lines a note carries, sorted.
std::vector<std::string> CosignersOn(absl::string_view note);

// Shows entries of one snapshot to one caller. One thread at a time.
class RecordShower {
 public:
  // `snapshot` outlives this.
  RecordShower(const ServiceContext& service, const Caller& caller, const Reader& snapshot);

  // May the caller know what the entry says? If not, it is only counted.
  bool Sees(const ShownEntry& entry) const;
  // Fills `shown`; the caller sees the entry (Sees). `omit_record` leaves the bytes out. Fails as
  // the store.
  absl::Status Show(const ShownEntry& entry, bool omit_record, plenary::v1::RecordRevision& shown);
  // The same for an entry of this node's own tail, which no view judges.
  absl::Status ShowTail(uint64_t index, bool omit_records, absl::string_view name_wanted,
                        google::protobuf::RepeatedPtrField<plenary::v1::RecordRevision>& shown);

  // The own log, or null.
  const LogStatus* own_log() const;

 private:
  static void ShowManifest(absl::string_view leaf, plenary::v1::RecordRevision& shown);
  bool IsFinal(const ShownEntry& entry) const;
  // Of a tabled text, from the endorsements that the caller sees; `shown` has all the rest.
  absl::Status ShowAdoption(const ShownEntry& entry, plenary::v1::RecordRevision& shown) const;

  const Reader& snapshot_;
  const CallerSight sight_;
  const std::shared_ptr<const NodeStatus> status_;
  // Taken after the snapshot: it has every roster by which that was judged.
  const std::shared_ptr<const sync::Trust> trust_;
};

}  // namespace plenary::node
