// The limits of docs/FORMATS.md, section 6, that the ledger enforces. A roster may lower some.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plenary {

inline constexpr uint64_t kMaxRecordBytes = 1ULL << 20;
inline constexpr uint64_t kMaxEntries = 1'024;           // per commit
inline constexpr uint64_t kMaxCommitBytes = 2ULL << 20;  // record bytes per commit
inline constexpr uint64_t kMaxLeafBytes = 65'535;        // fits a public tile entry
inline constexpr uint64_t kMaxTextBytes = 64ULL << 10;   // each string of a record's body
inline constexpr uint64_t kMaxAttachmentBytes = 4ULL << 30;
inline constexpr size_t kMaxRosterBytes = 1U << 20;  // of the envelope
inline constexpr size_t kMaxCardBytes = 256U << 10;  // of the envelope
inline constexpr int kMaxFullMembers = 64;
inline constexpr int kMaxObservers = 1'000;
inline constexpr int kMaxLogs = 100;                       // per card
inline constexpr int kMaxCosigners = 100;                  // per card
inline constexpr int kMaxAuthors = 200;                    // per card
inline constexpr int kMaxIssuers = 2;                      // per card
inline constexpr int kMaxRevoked = 1'000;                  // per card
inline constexpr int kMaxAudiences = 64;                   // per manifest
inline constexpr uint64_t kMaxLogSize = (1ULL << 63) - 1;  // checkpoint sizes stay below 2^63
inline constexpr uint64_t kMaxCounterJump = 1ULL << 32;
inline constexpr size_t kIdBytes = 16;  // instances, store ids, salts

}  // namespace plenary
