// Logs of a federation in a store, and the view of them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/commit.h"
#include "ledger/judge_logs.h"
#include "ledger/sight.h"
#include "node/view/reader.h"
#include "node/view/view.h"
#include "plenary/v1/record.pb.h"
#include "sync/trust.h"
#include "tests/node/store_fixture.h"
#include "tests/support/world.h"

namespace plenary::node {

using ::plenary::testing::World;

// A record as it goes into a commit.
struct TestRecord {
  std::string bytes;
  std::vector<std::string> list;  // empty: see `everyone`
  bool everyone = false;
  bool permanent = false;
  bool here = true;  // its bytes are in the store

  std::string digest() const { return Sha256(bytes).bytes(); }
};

// A leaf as the store has it.
struct TestLeaf {
  std::string envelope;
  std::vector<TestRecord> records;
};

// A meeting of `member`.
TestRecord Meeting(absl::string_view member, absl::string_view id, uint64_t revision = 1,
                   const TestRecord* previous = nullptr, absl::string_view title = "A meeting");
TestRecord RedactionOf(absl::string_view member, absl::string_view id, absl::string_view origin,
                       std::vector<std::pair<uint64_t, uint32_t>> entries);
// A text tabled by `member`, and a position of `member` on a text; both permanent.
TestRecord Text(absl::string_view member, absl::string_view id, uint64_t revision = 1,
                const TestRecord* previous = nullptr);
TestRecord Position(absl::string_view member, absl::string_view id, const TestRecord& text,
                    absl::string_view position = "endorsed", uint64_t revision = 1,
                    const TestRecord* previous = nullptr);
std::string MeetingName(absl::string_view member, absl::string_view id);

class ViewTest : public StoreTest {
 protected:
  void SetUp() override;

  // A commit of `code` under what the world has now, not in any log yet.
  TestLeaf Commit(absl::string_view code, std::vector<TestRecord> records,
                  uint64_t epoch = 1) const;
  // Puts a leaf at the end of a log, and its index.
  uint64_t Append(absl::string_view code, const TestLeaf& leaf, uint64_t epoch = 1);
  uint64_t Add(absl::string_view code, std::vector<TestRecord> records, uint64_t epoch = 1) {
    return Append(code, Commit(code, std::move(records), epoch), epoch);
  }
  // Bytes of an entry come late.
  void Arrive(absl::string_view code, uint64_t index, uint32_t entry);

  // All leaves signed, but those of `Sign`.
  std::vector<LogExtent> Extents() const;
  // What the world has.
  sync::Trust Trust() const { return TrustOf(world_); }
  static sync::Trust TrustOf(const World& world);

  // Applies until there is no more, `step` leaves at a time.
  absl::Status Apply(uint64_t step = 1000);
  absl::Status ApplyWith(const sync::Trust& trust, uint64_t step = 1000);
  // A view over the store, as after a start.
  void NewView(const std::string& member = "br");

  Digest Shown() const;
  // The same by judging all logs whole, out of memory.
  Digest Judged(const Sight& sight) const;
  Digest Judged() const { return Judged(Sight::Main()); }

  ShownEntry Get(absl::string_view name) const;
  ShownEntry At(absl::string_view code, uint64_t index, uint32_t entry = 0) const;

  World world_{3};
  std::map<std::string, std::vector<TestLeaf>> logs_;  // by origin
  std::map<std::string, uint32_t> numbers_;
  std::map<std::string, uint64_t> unsigned_;  // leaves at the end that no checkpoint covers
  std::unique_ptr<View> view_;
};

}  // namespace plenary::node
