// "On the loop": a capability that the compiler checks (clang -Wthread-safety) and that holds no
// lock.
//
// What is marked *Loop only.* says ABSL_EXCLUSIVE_LOCKS_REQUIRED(loop_role) on methods and
// ABSL_GUARDED_BY(loop_role) on members. A task that runs on the loop begins with
// loop_role.AssertHeld(): the compiler believes it from there on, and the process stops if it is
// not true.
#pragma once

#include "absl/base/thread_annotations.h"
#include "ledger/check.h"

namespace plenary::node {

// The role itself; there is one object, `loop_role`. Thread-safe.
class ABSL_LOCKABLE LoopRole {
 public:
  // True on a thread that runs loop work now.
  static bool Held() { return depth_ > 0; }
  // CHECKs Held().
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() { CHECK(Held()) << "not on the loop"; }

 private:
  friend class LoopScope;
  static inline thread_local int depth_ = 0;
};

inline LoopRole loop_role;

// Makes the current thread the loop for a scope: for what runs the loop (Loop, the simulator's
// executor), for work before the loop starts, and for offline tools and tests, which have one
// thread. One thread at a time.
class ABSL_SCOPED_LOCKABLE LoopScope {
 public:
  LoopScope() ABSL_EXCLUSIVE_LOCK_FUNCTION(loop_role) { ++LoopRole::depth_; }
  ~LoopScope() ABSL_UNLOCK_FUNCTION() { --LoopRole::depth_; }
  LoopScope(const LoopScope&) = delete;
  LoopScope& operator=(const LoopScope&) = delete;
};

}  // namespace plenary::node
